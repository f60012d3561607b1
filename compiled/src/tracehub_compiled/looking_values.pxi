# Single values in their usual form; what is of another form is left to others.

cdef inline bint is_numbered(unsigned char sign) noexcept:
    """Letters, digits, '-' and '_': what a number that ends a code may hold."""
    return (
        c"0" <= sign <= c"9"
        or c"A" <= sign <= c"Z"
        or c"a" <= sign <= c"z"
        or sign == c"-"
        or sign == c"_"
    )


cdef inline bint is_plain_json(const unsigned char *data, Py_ssize_t size) noexcept:
    """A text in quotes with nothing to escape in it."""
    cdef Py_ssize_t at
    if size < 2 or data[0] != c'"' or data[size - 1] != c'"':
        return False
    for at in range(1, size - 1):
        if data[at] < 0x20 or data[at] == c'"' or data[at] == c"\\":
            return False
    return True


cdef inline int two(const unsigned char *data) noexcept:
    """Two digits as a number; one far too large when they are none."""
    if data[0] < c"0" or data[0] > c"9" or data[1] < c"0" or data[1] > c"9":
        return 10000
    return (data[0] - c"0") * 10 + data[1] - c"0"


cdef inline int64_t day_of(int64_t year, int month, int day) noexcept:
    """Days since 1970-01-01 in the Gregorian calendar; years are counted from March."""
    cdef int64_t era
    if month <= 2:
        year -= 1
        month += 12
    era = year // 400
    return (
        era * 146097
        + (year - era * 400) * 365
        + (year - era * 400) // 4
        - (year - era * 400) // 100
        + (153 * (month - 3) + 2) // 5
        + day
        - 719469
    )


cdef int64_t usual_time(const unsigned char *data, Py_ssize_t size) noexcept:
    """Milliseconds of `2026-09-12T13:31:07.000+08:00`, to the millisecond; -1 of another form."""
    cdef int year, month, day, hour, minute, second, thousandths = 0, scale = 100
    cdef int64_t offset = 0
    cdef Py_ssize_t at = 19
    if size < 20 or data[4] != c"-" or data[7] != c"-" or data[10] != c"T":
        return -1
    if data[13] != c":" or data[16] != c":":
        return -1
    year = two(data) * 100 + two(data + 2)
    month, day = two(data + 5), two(data + 8)
    hour, minute, second = two(data + 11), two(data + 14), two(data + 17)
    if not 1970 < year < 2100 or not 1 <= month <= 12 or not 1 <= day <= 31:
        return -1
    if hour > 23 or minute > 59 or second > 59:
        return -1
    if day > 28 and (month == 2 or (day == 31 and month in (4, 6, 9, 11))):
        return -1
    if data[at] == c".":
        at += 1
        while at < size and c"0" <= data[at] <= c"9" and scale:
            thousandths += (data[at] - c"0") * scale
            scale //= 10
            at += 1
        if data[at - 1] == c"." or at >= size:
            return -1
    if data[at] == c"Z":
        if at + 1 != size:
            return -1
    elif (data[at] == c"+" or data[at] == c"-") and at + 6 == size and data[at + 3] == c":":
        if two(data + at + 1) > 14 or two(data + at + 4) > 59:
            return -1
        offset = two(data + at + 1) * 60 + two(data + at + 4)
        if data[at] == c"-":
            offset = -offset
    else:
        return -1
    return (
        ((day_of(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + second
    ) * 1000 + thousandths


cdef bint is_usual_uri(const unsigned char *data, Py_ssize_t size) noexcept:
    """A scheme and what a URI may hold, all of it ASCII."""
    cdef Py_ssize_t at = 0
    if size == 0 or not (c"A" <= data[0] <= c"Z" or c"a" <= data[0] <= c"z"):
        return False
    while at < size and data[at] != c":":
        if not (is_numbered(data[at]) and data[at] != c"_") and data[at] not in b"+.":
            return False
        at += 1
    if at + 1 >= size:
        return False
    for at in range(at + 1, size):
        if not 0x20 < data[at] < 0x7F or data[at] in b'<>"{}|\\^`':
            return False
    return True
