# Writes events from their plain form: dicts whose keys a shape names, and others that it keeps.

cdef enum Mode:
    VALUE
    EMPTY
    GIVEN
    OTHERS

_MODES = {"value": VALUE, "empty": EMPTY, "given": GIVEN, "others": OTHERS}


cdef int put_plain(Node node, object value, Buffer *b, Py_ssize_t *seen) except -1:
    """A record from a dict; `seen` grows by the fields that are there."""
    cdef Py_ssize_t at, before = seen[0]
    cdef int mode, kind
    cdef PyObject *field
    cdef bint others = node.top
    if not PyDict_CheckExact(value):
        return odd()
    for at in range(node.count):
        mode = <object>PyTuple_GET_ITEM(node.slots, at)
        if mode == OTHERS:
            others = True
            seen[0] += put_others(node, value, b)
            continue
        if mode == EMPTY:
            put_number(b, 0)
            continue
        field = PyDict_GetItemWithError(value, <object>PyTuple_GET_ITEM(node.words, at))
        if mode == GIVEN:
            put_number(b, field != NULL)
        elif field != NULL:
            seen[0] += 1
            write(<Node>PyTuple_GET_ITEM(node.kids, at), <object>field, b)
        else:
            kind = (<Node>PyTuple_GET_ITEM(node.kids, at)).kind
            if kind != UNION and kind != ARRAY and not node.top:
                return odd()
            put_number(b, 0)
    if not others and seen[0] - before != len(<dict>value):
        return odd()
    return 0


cdef Py_ssize_t put_others(Node node, dict value, Buffer *b) except -1:
    """The elements of a dict that have no place of their own, in its order; how many."""
    cdef list found = []
    if node.top or not value.keys() <= node.known:
        for key, each in value.items():
            if key not in node.known and (not node.top or key[:1] == "{"):
                found.append((key, each))
    if found:
        put_number(b, <uint64_t>len(found) << 1)
    for key, each in found:
        put_extension(key, each, node.type, b)
    put_number(b, 0)
    return len(found)


cdef int put_extension(object key, object value, object dumps, Buffer *b) except -1:
    """`{namespace}local` in its parts, and its value as JSON."""
    cdef Py_ssize_t size, cut
    cdef const char *data
    if not PyUnicode_CheckExact(key):
        return odd()
    data = PyUnicode_AsUTF8AndSize(key, &size)
    if size == 0:
        return odd()
    cut = size - 1
    while cut > 0 and data[cut] != c"}":
        cut -= 1
    put_part(b, data + 1, cut - 1 if cut else 0)
    put_part(b, data + cut + 1, size - cut - 1)
    if PyUnicode_CheckExact(value):
        data = PyUnicode_AsUTF8AndSize(value, &size)
        if needs_no_escape(<const unsigned char *>data, size):
            put_number(b, <uint64_t>(size + 2) << 1)
            put(b, '"', 1)
            put(b, data, size)
            return put(b, '"', 1)
    dumped = dumps(value)
    if not PyBytes_CheckExact(dumped):
        return odd()
    return put_part(b, PyBytes_AS_STRING(dumped), PyBytes_GET_SIZE(dumped))


cdef inline int put_part(Buffer *b, const char *data, Py_ssize_t size) except -1:
    put_number(b, <uint64_t>size << 1)
    return put(b, data, size)


cdef inline bint needs_no_escape(const unsigned char *data, Py_ssize_t size) noexcept:
    """True for a text that JSON holds as it is."""
    cdef Py_ssize_t at
    for at in range(size):
        if data[at] < 0x20 or data[at] == c'"' or data[at] == c"\\":
            return False
    return True


cdef class Writer:
    """Writes the events of one schema from their plain form.

    Args:
        codec: writes the header.
        frame: the bytes before an event.
        sections: of each a shape `("plain", fields, known, dumps, True)`.
    """

    cdef EventCodec codec
    cdef bytes frame
    cdef tuple sections

    def __init__(self, EventCodec codec not None, bytes frame not None, tuple sections):
        self.codec, self.frame = codec, frame
        self.sections = tuple(Node(each) for each in sections)
        if len(self.sections) != SECTIONS:
            raise ValueError("an event has four sections")

    def write(self, event, header):
        """The event's bytes, and where the sections begin."""
        cdef Buffer b
        cdef Py_ssize_t at, start, seen
        cdef list found = []
        cdef bytes value
        begin(&b)
        try:
            put(&b, PyBytes_AS_STRING(self.frame), PyBytes_GET_SIZE(self.frame))
            write(self.codec.header_node, header, &b)
            put_number(&b, 0)
            for at in range(SECTIONS):
                start, seen = b.used, 0
                found.append(start)
                put_number(&b, 2)
                put_plain(<Node>PyTuple_GET_ITEM(self.sections, at), event, &b, &seen)
                if at and not seen:
                    b.used = start
                    put_number(&b, 0)
            value = PyBytes_FromStringAndSize(b.data, b.used)
        finally:
            end(&b)
        return named(self.codec.encoded, (value, tuple(found)))
