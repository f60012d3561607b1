# Writes values of a shape; what is not of the plain type that it asks for is left to others.

cdef struct Buffer:
    char *data
    Py_ssize_t used
    Py_ssize_t size
    char first[2048]


cdef inline void begin(Buffer *b) noexcept:
    b.data = b.first
    b.used = 0
    b.size = sizeof(b.first)


cdef inline void end(Buffer *b) noexcept:
    if b.data != b.first:
        PyMem_Free(b.data)


cdef inline int room(Buffer *b, Py_ssize_t more) except -1:
    cdef char *larger
    if b.used + more <= b.size:
        return 0
    b.size = (b.used + more) * 2
    larger = <char *>PyMem_Realloc(NULL if b.data == b.first else b.data, b.size)
    if larger == NULL:
        raise MemoryError
    if b.data == b.first:
        memcpy(larger, b.first, b.used)
    b.data = larger
    return 0


cdef inline int put(Buffer *b, const char *data, Py_ssize_t size) except -1:
    room(b, size)
    memcpy(b.data + b.used, data, size)
    b.used += size
    return 0


cdef inline int put_number(Buffer *b, uint64_t n) except -1:
    room(b, 10)
    while n > 0x7F:
        b.data[b.used] = <char>((n & 0x7F) | 0x80)
        b.used += 1
        n >>= 7
    b.data[b.used] = <char>n
    b.used += 1
    return 0


cdef int put_text(Buffer *b, object value) except -1:
    cdef Py_ssize_t size
    cdef const char *data
    if not PyUnicode_CheckExact(value):
        return odd()
    data = PyUnicode_AsUTF8AndSize(value, &size)
    put_number(b, <uint64_t>size << 1)
    return put(b, data, size)


cdef int put_bytes(Node node, object value, Buffer *b) except -1:
    if not PyBytes_CheckExact(value):
        return odd()
    if node.kind == BYTES:
        put_number(b, <uint64_t>PyBytes_GET_SIZE(value) << 1)
    elif PyBytes_GET_SIZE(value) != node.count:
        return odd()
    return put(b, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))


cdef int put_fraction(Node node, object value, Buffer *b) except -1:
    # A whole number too: documents write `12` as readily as `12.0`.
    if not (PyFloat_CheckExact(value) or PyLong_CheckExact(value)):
        return odd()
    room(b, 8)
    if node.kind == DOUBLE:
        PyFloat_Pack8(value, b.data + b.used, LITTLE)
    else:
        PyFloat_Pack4(value, b.data + b.used, LITTLE)
    b.used += node.least
    return 0


cdef int put_whole(Node node, object value, Buffer *b) except -1:
    cdef int64_t whole
    if not PyLong_CheckExact(value):
        return odd()
    whole = value
    if node.kind == INT and not -0x80000000 <= whole <= 0x7FFFFFFF:
        return odd()
    return put_number(b, (<uint64_t>whole << 1) ^ <uint64_t>(whole >> 63))


cdef int put_items(Node node, object value, Buffer *b) except -1:
    cdef Node item = <Node>PyTuple_GET_ITEM(node.kids, 0)
    cdef Py_ssize_t at, count
    if not (PyTuple_Check(value) if node.kind == SERIES else PyList_CheckExact(value)):
        return odd()
    count = len(value)
    if count:
        put_number(b, <uint64_t>count << 1)
    for at in range(count):
        if node.kind == SERIES:
            write(item, <object>PyTuple_GET_ITEM(value, at), b)
        else:
            write(item, <object>PyList_GET_ITEM(value, at), b)
    return put_number(b, 0)


cdef int put_map(Node node, object value, Buffer *b) except -1:
    if not PyDict_CheckExact(value):
        return odd()
    if value:
        put_number(b, <uint64_t>len(value) << 1)
    for key, item in (<dict>value).items():
        put_text(b, key)
        write(<Node>PyTuple_GET_ITEM(node.kids, 0), item, b)
    return put_number(b, 0)


cdef int put_record(Node node, object value, Buffer *b) except -1:
    cdef Py_ssize_t at
    cdef PyObject *field
    if not PyDict_CheckExact(value):
        return odd()
    for at in range(node.count):
        field = PyDict_GetItemWithError(value, <object>PyTuple_GET_ITEM(node.words, at))
        if field == NULL:
            return odd()
        write(<Node>PyTuple_GET_ITEM(node.kids, at), <object>field, b)
    return 0


cdef int put_named(Node node, object value, Buffer *b) except -1:
    cdef Py_ssize_t at, slot
    if not PyTuple_Check(value) or PyTuple_GET_SIZE(value) != node.size:
        return odd()
    for at in range(node.count):
        slot = <object>PyTuple_GET_ITEM(node.slots, at)
        if slot < 0:
            return odd()
        write(
            <Node>PyTuple_GET_ITEM(node.kids, at), <object>PyTuple_GET_ITEM(value, slot), b
        )
    return 0


cdef int write(Node node, object value, Buffer *b) except -1:
    cdef int kind = node.kind
    cdef Py_ssize_t seen = 0
    if kind == STRING:
        return put_text(b, value)
    if kind == UNION:
        # A union of null and one other; which branch of another is meant is for the reference.
        if node.count != 2 or (<Node>PyTuple_GET_ITEM(node.kids, 0)).kind != NOTHING:
            return odd()
        if value is None:
            return put_number(b, 0)
        put_number(b, 2)
        return write(<Node>PyTuple_GET_ITEM(node.kids, 1), value, b)
    if kind == ARRAY or kind == SERIES:
        return put_items(node, value, b)
    if kind == PLAIN:
        return put_plain(node, value, b, &seen)
    if kind == ELEMENTS:
        put_others(node, value, b)
        return 0
    if kind == RECORD:
        return put_record(node, value, b)
    if kind == NAMED:
        return put_named(node, value, b)
    if kind == ENUM:
        return put_number(b, <uint64_t>node.index[value] << 1)
    if kind == LONG or kind == INT:
        return put_whole(node, value, b)
    if kind == BOOLEAN:
        return odd() if value is not True and value is not False else put_number(b, value is True)
    if kind == BYTES or kind == FIXED:
        return put_bytes(node, value, b)
    if kind == DOUBLE or kind == FLOAT:
        return put_fraction(node, value, b)
    if kind == MAP:
        return put_map(node, value, b)
    return odd() if value is not None else 0
