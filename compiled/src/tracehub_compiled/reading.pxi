# Reads and skips values of a shape; every read is bounded by the bytes that are there.

cdef struct Cursor:
    const unsigned char *data
    Py_ssize_t at
    Py_ssize_t end
    Py_ssize_t items  # how many are still allowed


cdef int odd() except -1:
    raise ValueError("not of the usual form")


cdef inline int number(Cursor *c, uint64_t *found) except -1:
    """A number in zig-zag form, in as many bytes as it needs."""
    cdef uint64_t value = 0
    cdef unsigned char byte
    cdef int shift = 0
    while True:
        if c.at >= c.end:
            return odd()
        byte = c.data[c.at]
        c.at += 1
        value |= <uint64_t>(byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            return odd()
    if shift and (byte == 0 or (shift == 63 and byte > 1)):
        return odd()
    found[0] = value
    return 0


cdef inline Py_ssize_t length(Cursor *c) except -1:
    """The length of what follows, all of which is there."""
    cdef uint64_t n
    number(c, &n)
    if n & 1 or (n >> 1) > <uint64_t>(c.end - c.at):
        return odd()
    return <Py_ssize_t>(n >> 1)


cdef inline Py_ssize_t index(Cursor *c, Py_ssize_t count) except -1:
    """The index of a branch or symbol."""
    cdef uint64_t n
    number(c, &n)
    if n & 1 or (n >> 1) >= <uint64_t>count:
        return odd()
    return <Py_ssize_t>(n >> 1)


cdef inline Py_ssize_t item_count(Cursor *c, Py_ssize_t least) except -1:
    """How many items follow in one block, each of a byte at least."""
    cdef uint64_t n
    number(c, &n)
    if n == 0:
        return 0
    if n & 1 or least == 0 or (n >> 1) > <uint64_t>(c.end - c.at):
        return odd()
    c.items -= <Py_ssize_t>(n >> 1)
    if c.items < 0:
        return odd()
    return <Py_ssize_t>(n >> 1)


cdef inline int block_end(Cursor *c) except -1:
    if c.at >= c.end or c.data[c.at]:
        return odd()
    c.at += 1
    return 0


cdef inline const char *take(Cursor *c, Py_ssize_t size) except NULL:
    cdef const char *start = <const char *>c.data + c.at
    if size > c.end - c.at:
        odd()
    c.at += size
    return start


cdef object read(Node node, Cursor *c):
    cdef Py_ssize_t size
    cdef uint64_t n
    cdef int kind = node.kind
    if kind == STRING:
        size = length(c)
        return PyUnicode_DecodeUTF8(take(c, size), size, NULL)
    if kind == UNION:
        return read(<Node>PyTuple_GET_ITEM(node.kids, index(c, node.count)), c)
    if kind == NOTHING:
        return None
    if kind == ARRAY or kind == SERIES:
        return read_items(node, c)
    if kind == RECORD:
        return read_record(node, c)
    if kind == NAMED:
        return read_named(node, c)
    if kind == ENUM:
        return <object>PyTuple_GET_ITEM(node.words, index(c, node.count))
    if kind == LONG or kind == INT:
        number(c, &n)
        if kind == INT and n > 0xFFFFFFFF:
            odd()
        return <int64_t>(n >> 1) ^ -<int64_t>(n & 1)
    if kind == BOOLEAN:
        return index_of_truth(c) == 1
    if kind == BYTES:
        size = length(c)
        return PyBytes_FromStringAndSize(take(c, size), size)
    if kind == FIXED:
        return PyBytes_FromStringAndSize(take(c, node.count), node.count)
    if kind == DOUBLE:
        return PyFloat_Unpack8(take(c, 8), LITTLE)
    if kind == FLOAT:
        return PyFloat_Unpack4(take(c, 4), LITTLE)
    return read_map(node, c)


cdef inline int index_of_truth(Cursor *c) except -1:
    if c.at >= c.end or c.data[c.at] > 1:
        return odd()
    c.at += 1
    return c.data[c.at - 1]


cdef object read_items(Node node, Cursor *c):
    cdef Node item = <Node>PyTuple_GET_ITEM(node.kids, 0)
    cdef Py_ssize_t count = item_count(c, item.least)
    cdef list items = []
    if count:
        for _ in range(count):
            items.append(read(item, c))
        block_end(c)
    return items if node.kind == ARRAY else tuple(items)


cdef object read_map(Node node, Cursor *c):
    cdef Node item = <Node>PyTuple_GET_ITEM(node.kids, 0)
    cdef Py_ssize_t size, count = item_count(c, 1)
    cdef dict pairs = {}
    if count:
        for _ in range(count):
            size = length(c)
            key = PyUnicode_DecodeUTF8(take(c, size), size, NULL)
            pairs[key] = read(item, c)
        block_end(c)
    return pairs


cdef object read_record(Node node, Cursor *c):
    cdef dict fields = PyDict_Copy(node.empty)
    cdef Py_ssize_t at
    for at in range(node.count):
        value = read(<Node>PyTuple_GET_ITEM(node.kids, at), c)
        if value is not None:
            PyDict_SetItem(fields, <object>PyTuple_GET_ITEM(node.words, at), value)
    return fields


cdef object read_named(Node node, Cursor *c):
    cdef object made = PyType_GenericAlloc(<PyTypeObject *>node.type, node.size)
    cdef Py_ssize_t at, slot
    for at in range(node.count):
        value = read(<Node>PyTuple_GET_ITEM(node.kids, at), c)
        slot = <object>PyTuple_GET_ITEM(node.slots, at)
        if slot >= 0:
            Py_INCREF(value)
            PyTuple_SET_ITEM(made, slot, value)
    return made


cdef int skip(Node node, Cursor *c) except -1:
    cdef Py_ssize_t at, count
    cdef uint64_t n
    cdef int kind = node.kind
    if kind == STRING or kind == BYTES:
        count = length(c)
        c.at += count
    elif kind == UNION:
        skip(<Node>PyTuple_GET_ITEM(node.kids, index(c, node.count)), c)
    elif kind == ARRAY or kind == SERIES or kind == MAP:
        count = item_count(c, 1 if kind == MAP else (<Node>PyTuple_GET_ITEM(node.kids, 0)).least)
        if count:
            for _ in range(count):
                if kind == MAP:
                    at = length(c)
                    c.at += at
                skip(<Node>PyTuple_GET_ITEM(node.kids, 0), c)
            block_end(c)
    elif kind == RECORD or kind == NAMED:
        for at in range(node.count):
            skip(<Node>PyTuple_GET_ITEM(node.kids, at), c)
    elif kind == ENUM:
        index(c, node.count)
    elif kind == BOOLEAN:
        index_of_truth(c)
    elif kind == LONG or kind == INT:
        number(c, &n)
        if kind == INT and n > 0xFFFFFFFF:
            return odd()
    elif kind != NOTHING:
        take(c, node.least)
    return 0


cdef inline bint is_ascii(const unsigned char *data, Py_ssize_t size) noexcept:
    cdef Py_ssize_t at
    cdef unsigned char seen = 0
    for at in range(size):
        seen |= data[at]
    return seen < 0x80


cdef const char *utf8(Cursor *c, Py_ssize_t *size) except NULL:
    """The bytes of a text, once they are known to be one."""
    size[0] = length(c)
    cdef const char *data = take(c, size[0])
    if not is_ascii(<const unsigned char *>data, size[0]):
        PyUnicode_DecodeUTF8(data, size[0], NULL)
    return data
