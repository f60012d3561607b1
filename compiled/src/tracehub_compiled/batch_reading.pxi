# Records of one batch as tuples; every read is bounded by the bytes that are there.

cdef struct Span:
    const unsigned char *data
    Py_ssize_t at
    Py_ssize_t end


cdef inline int varint(Span *s, int64_t *found) except -1:
    """A number in zig-zag form, of ten bytes at most."""
    cdef uint64_t value = 0
    cdef unsigned char byte
    cdef int shift = 0
    while True:
        if s.at >= s.end:
            return odd()
        byte = s.data[s.at]
        s.at += 1
        value |= <uint64_t>(byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            return odd()
    if shift == 63 and byte > 1:
        return odd()
    found[0] = <int64_t>(value >> 1) ^ -<int64_t>(value & 1)
    return 0


cdef inline const char *piece(Span *s, Py_ssize_t *size) except NULL:
    """Bytes behind their length, none for null."""
    cdef int64_t length
    cdef const char *start
    varint(s, &length)
    if length < -1 or length > s.end - s.at:
        odd()
    size[0] = <Py_ssize_t>length if length > 0 else 0
    start = <const char *>s.data + s.at
    s.at += size[0]
    return start


cdef class Records:
    """What is left of a batch, handed out in parts.

    Args:
        data: bytes that hold the batch as a broker hands it out.
        start, end: where it lies there.
        place: topic and partition.
        kind: the named tuple of a record that was read.
        fair: of so many bytes in all and so many headers a record has no fault.
        fault: asked about others: an error, or None.
        unpacked: the records, when the batch holds them compressed.

    Raises:
        ValueError: it is damaged, or not of the usual form.
    """

    cdef object data, kind, fault, topic, partition, stamp
    cdef Span span
    cdef int64_t base, first_time, last_delta, reached
    cdef int32_t left
    cdef Py_ssize_t fair_size, fair_headers

    def __init__(
        self,
        bytes data not None,
        Py_ssize_t start,
        Py_ssize_t end,
        tuple place not None,
        kind not None,
        tuple fair not None,
        fault not None,
        bytes unpacked=None,
    ):
        cdef const unsigned char *head = <const unsigned char *>PyBytes_AS_STRING(data) + start
        cdef int attributes
        if not lies(data, start, end) or head[MAGIC_AT] != MAGIC:
            odd()
        attributes = <int>wide(head + ATTRIBUTES_AT, 2)
        if bool(attributes & PACKED) != (unpacked is not None):
            odd()
        self.base = <int64_t>wide(head, 8)
        self.last_delta = <int32_t>wide(head + LAST_DELTA_AT, 4)
        self.first_time = <int64_t>wide(head + FIRST_TIME_AT, 8)
        self.left = <int32_t>wide(head + COUNT_AT, 4)
        if self.base < 0 or self.base > FAR or not -FAR < self.first_time < FAR or self.left < 0:
            odd()
        self.stamp = None
        if attributes & APPEND_TIME:
            self.stamp = <int64_t>wide(head + MAX_TIME_AT, 8)
            if self.stamp < 0:
                odd()
        self.topic, self.partition = place
        self.kind, self.fault = kind, fault
        self.fair_size, self.fair_headers = fair
        self.data = data if unpacked is None else unpacked
        self.span.data = <const unsigned char *>PyBytes_AS_STRING(self.data)
        self.span.at = start + HEAD if unpacked is None else 0
        self.span.end = end if unpacked is None else PyBytes_GET_SIZE(unpacked)

    def read(self, list into not None, Py_ssize_t most, int64_t first):
        """Append up to `most` records from offset `first` on; True when more may be left.

        Raises:
            ValueError: the next record is damaged, or not of the usual form.
        """
        cdef Py_ssize_t count = 0
        while count < most:
            if self.left == 0:
                if self.span.at != self.span.end:
                    odd()
                return False
            record = self.record(first)
            self.left -= 1
            if record is not None:
                into.append(record)
                count += 1
                first = self.reached
        return True

    cdef object record(self, int64_t first):
        """The next record; None when it lies before `first`."""
        cdef Span s = self.span
        cdef int64_t length, delta, offset, header_count
        cdef Py_ssize_t key_size, value_size, size
        cdef const char *key
        cdef const char *value
        varint(&s, &length)
        if length < 0 or length > s.end - s.at:
            odd()
        s.end = s.at + <Py_ssize_t>length
        if s.at >= s.end or s.data[s.at] >= 0x80:
            odd()
        s.at += 1
        varint(&s, &delta)
        stamp = self.stamp
        if stamp is None:
            if not -FAR < delta < FAR or self.first_time + delta < 0:
                odd()
            stamp = self.first_time + delta
        varint(&s, &delta)
        if delta < 0 or delta > self.last_delta:
            odd()
        offset = self.base + delta
        key = piece(&s, &key_size)
        value = piece(&s, &value_size)
        varint(&s, &header_count)
        size = key_size + value_size
        cdef tuple headers = read_headers(&s, header_count, &size)
        if s.at != s.end:
            odd()
        self.span.at = s.end
        if offset < first:
            return None
        self.reached = offset + 1
        held_key = PyBytes_FromStringAndSize(key, key_size)
        held = PyBytes_FromStringAndSize(value, value_size)
        fault = None
        if size > self.fair_size or header_count > self.fair_headers:
            fault = self.fault(held_key, held, headers)
            if fault is not None:
                held_key, held, headers = b"", b"", ()
        return self.received(held_key, held, headers, offset, stamp, fault)

    cdef object received(self, key, value, headers, offset, stamp, fault):
        cdef object made = PyType_GenericAlloc(<PyTypeObject *>self.kind, 8)
        set_item(made, 0, self.topic)
        set_item(made, 1, key)
        set_item(made, 2, value)
        set_item(made, 3, headers)
        set_item(made, 4, self.partition)
        set_item(made, 5, offset)
        set_item(made, 6, stamp)
        set_item(made, 7, fault)
        return made


cdef inline void set_item(object made, Py_ssize_t at, object item) noexcept:
    Py_INCREF(item)
    PyTuple_SET_ITEM(made, at, item)


cdef tuple read_headers(Span *s, int64_t count, Py_ssize_t *size):
    """Names and values, and their bytes added to `size`; null reads as empty."""
    cdef Py_ssize_t at, name_size, value_size
    cdef const char *name
    cdef const char *value
    if count == 0:
        return ()
    # Each takes two bytes at least.
    if count < 0 or count > (s.end - s.at) // 2:
        odd()
    cdef tuple headers = PyTuple_New(<Py_ssize_t>count)
    for at in range(<Py_ssize_t>count):
        name = piece(s, &name_size)
        if name_size == 0 and s.data[s.at - 1] != 0:
            odd()
        value = piece(s, &value_size)
        size[0] += name_size + value_size
        set_item(headers, at, (
            PyUnicode_DecodeUTF8(name, name_size, NULL),
            PyBytes_FromStringAndSize(value, value_size),
        ))
    return headers


cdef inline bint lies(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    """A head at least lies between these."""
    return 0 <= start <= end <= PyBytes_GET_SIZE(data) and end - start >= HEAD


def is_whole(bytes data not None, Py_ssize_t start, Py_ssize_t end):
    """True when a batch can lie there, and its bytes are those of its checksum."""
    if not lies(data, start, end):
        return False
    cdef const unsigned char *head = <const unsigned char *>PyBytes_AS_STRING(data) + start
    return crc32c(_processor, head + ATTRIBUTES_AT, end - start - ATTRIBUTES_AT) == wide(
        head + CRC_AT, 4
    )
