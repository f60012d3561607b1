# A batch of records as a producer sends it: its size is known before a byte is written.

cdef inline int varint_size(uint64_t value) noexcept:
    """Of a number that is in zig-zag form already."""
    cdef int size = 1
    while value >= 0x80:
        value >>= 7
        size += 1
    return size


cdef inline unsigned char *put_varint(unsigned char *at, uint64_t value) noexcept:
    while value >= 0x80:
        at[0] = <unsigned char>(value | 0x80)
        at += 1
        value >>= 7
    at[0] = <unsigned char>value
    return at + 1


cdef inline unsigned char *put_piece(unsigned char *at, const char *data, Py_ssize_t size) noexcept:
    at = put_varint(at, <uint64_t>size << 1)
    memcpy(at, data, size)
    return at + size


cdef inline Py_ssize_t piece_size(Py_ssize_t size) noexcept:
    return varint_size(<uint64_t>size << 1) + size


cdef inline Py_ssize_t bytes_size(object value) except -1:
    if not PyBytes_CheckExact(value):
        raise TypeError("keys, values and headers of records are bytes")
    return PyBytes_GET_SIZE(value)


cdef tuple headers_of(object row):
    """The headers of a row, which is a tuple of key, value and headers."""
    if not PyTuple_Check(row) or PyTuple_GET_SIZE(row) != 3:
        raise TypeError("a row is a tuple of three")
    headers = <object>PyTuple_GET_ITEM(row, 2)
    if not PyTuple_CheckExact(headers):
        raise TypeError("headers of a row are a tuple")
    return headers


cdef Py_ssize_t body_size(object row, tuple headers, uint64_t number) except -1:
    """Bytes of a record behind its length. Its time is that of the batch."""
    cdef Py_ssize_t at, name_size
    cdef Py_ssize_t size = 2 + varint_size(number << 1)
    size += piece_size(bytes_size(<object>PyTuple_GET_ITEM(row, 0)))
    size += piece_size(bytes_size(<object>PyTuple_GET_ITEM(row, 1)))
    size += varint_size(<uint64_t>PyTuple_GET_SIZE(headers) << 1)
    for at in range(PyTuple_GET_SIZE(headers)):
        header = <object>PyTuple_GET_ITEM(headers, at)
        if not PyTuple_Check(header) or PyTuple_GET_SIZE(header) != 2:
            raise TypeError("a header is a tuple of two")
        PyUnicode_AsUTF8AndSize(<object>PyTuple_GET_ITEM(header, 0), &name_size)
        size += piece_size(name_size)
        size += piece_size(bytes_size(<object>PyTuple_GET_ITEM(header, 1)))
    return size


cdef unsigned char *put_record(
    unsigned char *to, object row, tuple headers, uint64_t number, Py_ssize_t size
) except NULL:
    cdef Py_ssize_t at, name_size
    cdef const char *name
    to = put_varint(to, <uint64_t>size << 1)
    memset(to, 0, 2)  # attributes, and no time of its own
    to = put_varint(to + 2, number << 1)
    for at in range(2):
        held = <object>PyTuple_GET_ITEM(row, at)
        to = put_piece(to, PyBytes_AS_STRING(held), PyBytes_GET_SIZE(held))
    to = put_varint(to, <uint64_t>PyTuple_GET_SIZE(headers) << 1)
    for at in range(PyTuple_GET_SIZE(headers)):
        header = <object>PyTuple_GET_ITEM(headers, at)
        name = PyUnicode_AsUTF8AndSize(<object>PyTuple_GET_ITEM(header, 0), &name_size)
        to = put_piece(to, name, name_size)
        held = <object>PyTuple_GET_ITEM(header, 1)
        to = put_piece(to, PyBytes_AS_STRING(held), PyBytes_GET_SIZE(held))
    return to


def pack(list rows not None, Py_ssize_t begin, int64_t now_ms, Py_ssize_t room, tuple fair, check):
    """A batch of the rows from index `begin` on, as many as have room, and how many they are.

    It has no producer and no checksum before `seal()`. The first row is taken however large. Each
    is looked at once, and written while what it holds is at hand.

    Args:
        fair: of so many bytes and so many headers a row needs no check.
        check: asked about others; raises when one is not to be sent.
    """
    cdef Py_ssize_t fair_size, fair_headers, size, whole, number = 0, total = HEAD
    cdef tuple headers
    cdef unsigned char *to
    fair_size, fair_headers = fair
    if begin < 0:
        raise IndexError("rows begin at 0")
    batch = PyByteArray_FromStringAndSize(NULL, HEAD)
    while begin + number < len(rows):
        row = rows[begin + number]
        headers = headers_of(row)
        size = body_size(row, headers, number)
        whole = size + varint_size(<uint64_t>size << 1)
        if number and total + whole > room:
            break
        if whole > fair_size or PyTuple_GET_SIZE(headers) > fair_headers:
            check(row)
        if total + whole > PyByteArray_GET_SIZE(batch):
            PyByteArray_Resize(batch, more_room(total + whole, room, number, len(rows) - begin))
        to = <unsigned char *>PyByteArray_AS_STRING(batch) + total
        if put_record(to, row, headers, number, size) != to + whole:
            odd()
        total += whole
        number += 1
    PyByteArray_Resize(batch, total)
    put_head(<unsigned char *>PyByteArray_AS_STRING(batch), total, number, now_ms)
    return batch, number


cdef Py_ssize_t more_room(
    Py_ssize_t needed, Py_ssize_t room, Py_ssize_t number, Py_ssize_t count
) noexcept:
    """What the rows will take, if all are like those up to number `number`."""
    cdef Py_ssize_t likely = needed + needed // 8
    if number < 16:
        likely = needed * 2
    elif count > number + 1:
        likely = needed // (number + 1) * count + needed // 16
    return max(needed, min(likely, room))


cdef void put_head(unsigned char *to, Py_ssize_t total, Py_ssize_t count, int64_t now_ms) noexcept:
    memset(to, 0, HEAD)
    put_wide(to + LENGTH_AT, total - EPOCH_AT, 4)
    put_wide(to + EPOCH_AT, -1, 4)
    to[MAGIC_AT] = MAGIC
    put_wide(to + LAST_DELTA_AT, count - 1 if count else 0, 4)
    put_wide(to + FIRST_TIME_AT, now_ms, 8)
    put_wide(to + MAX_TIME_AT, now_ms, 8)
    put_wide(to + COUNT_AT, count, 4)


def seal(bytearray batch not None, int64_t producer, int16_t epoch, int32_t sequence):
    """Write the producer and the checksum into a batch of `pack()`."""
    if PyByteArray_GET_SIZE(batch) < HEAD:
        raise ValueError("a batch has a head")
    cdef unsigned char *to = <unsigned char *>PyByteArray_AS_STRING(batch)
    put_wide(to + PRODUCER_AT, producer, 8)
    put_wide(to + PRODUCER_EPOCH_AT, epoch, 2)
    put_wide(to + SEQUENCE_AT, sequence, 4)
    put_wide(to + CRC_AT, crc32c(
        _processor, to + ATTRIBUTES_AT, PyByteArray_GET_SIZE(batch) - ATTRIBUTES_AT
    ), 4)
