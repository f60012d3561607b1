# Looks at events in their plain form, and makes their headers from those of events that are alike.

cdef enum:
    ROLES = 5
    ZONE = 6  # signs of an offset
    MOST_PLAIN = 1024  # bytes of a likeness: a publisher decides what is remembered, not how much
    FEW = 8

cdef int64_t EXACT = 1 << 53  # larger whole numbers are not all exact in a double


cdef class Field:
    """How the value of one key is looked at, and the number that stands for the key."""

    cdef int mark, detail
    cdef Py_ssize_t number
    cdef dict inner

    def __init__(self, number, mark, memory):
        self.number, self.detail = number, mark[1]
        self.mark = _MARKS[mark[0]]
        self.inner = fields_of(mark[2], memory) if mark[2] else {}


cdef dict fields_of(marks, dict memory):
    """The fields of a record; keys have the same numbers everywhere, those of `memory`."""
    return {
        key: Field(memory.setdefault(key, len(memory) + 1), mark, memory)
        for key, mark in marks.items()
    }


cdef class PlainLooker(Codes):
    """Looks at events in their plain form.

    Each value that is an event's own passes by itself, or the look ends; all else that the verdict
    and the header depend on is joined in the likeness.

    Args:
        marks: key -> name of the mark, detail, marks of what is inside.
        own: how the keys of elements begin that are texts when they have no mark.
        checks: `stem` and `code` (mark of the code, product, digits), `party` of side, type and
            text (mark, rank, party), `place` (its mark; None where places have none), `uri` and
            `instant`; each answers None of what is not good, or has something to be said of it.
        types: named tuples: header, product.
    """

    cdef dict fields, parties, places
    cdef str own
    cdef object party, place, uri, instant, header, product
    cdef Py_ssize_t event_id_at, occurred_at, parties_at, product_at
    # Of the event that is looked at.
    cdef object event_id, first
    cdef int64_t occurred
    cdef int rank
    cdef list named

    def __init__(self, marks, str own not None, checks, types):
        self.fields, self.own = fields_of(marks, {}), own
        self.stem, self.code, self.party, self.place, self.uri, self.instant = checks
        self.stems, self.codes, self.parties, self.places = {}, {}, {}, {}
        self.header, self.product = types
        at = self.header._fields.index
        self.event_id_at, self.occurred_at = at("event_id"), at("occurred_at")
        self.parties_at, self.product_at = at("parties"), at("product")

    def look(self, event, bytes source not None, dict known not None):
        """The header of an event that is like one of `known`, and what stands there beside that.

        Of another no header, and its likeness, which is empty of one that is not as usual. `source`
        is what else a header depends on.
        """
        cdef Buffer b
        cdef PyObject *found
        begin(&b)
        try:
            put(&b, PyBytes_AS_STRING(source), PyBytes_GET_SIZE(source))
            self.walk(event, &b)
            likeness = PyBytes_FromStringAndSize(b.data, b.used)
        except ValueError:
            return None, b""
        finally:
            end(&b)
        found = PyDict_GetItemWithError(known, likeness)
        if found == NULL:
            return None, likeness
        header, beside = <object>found
        return self.made(<tuple>header), beside

    cdef int walk(self, object event, Buffer *b) except -1:
        cdef int64_t day
        cdef PyObject *parent
        cdef PyObject *children
        self.event_id, self.first, self.occurred, self.rank, self.named = "", None, 0, NO_RANK, []
        self.see_record(self.fields, event, b, True)
        if not 0 < self.occurred < 4102444800000 or b.used > MOST_PLAIN:
            return odd()
        parent = PyDict_GetItemWithError(event, "parentID")
        children = PyDict_GetItemWithError(event, "childEPCs")
        if parent != NULL and children != NULL and <object>parent in <list><object>children:
            return odd()
        day = (self.occurred + BEIJING_MS) // DAY_MS
        return put(b, <const char *>&day, sizeof(day))

    cdef object made(self, tuple like):
        """The header of the event: that of one like it, but for what is its own."""
        cdef list values = list(like)
        values[self.event_id_at] = self.event_id
        values[self.occurred_at] = self.occurred
        values[self.parties_at] = self.responsible()
        values[self.product_at] = like[self.product_at] if self.first is None else self.first
        return named(self.header, tuple(values))

    cdef tuple responsible(self):
        """The parties in the order of a header, each once in a role."""
        cdef list found = []
        cdef int rank
        for rank in range(ROLES):
            for each in self.named:
                if <int>(<tuple>each)[1] == rank and (<tuple>each)[2] not in found:
                    found.append((<tuple>each)[2])
        return tuple(found)

    cdef int see_record(self, dict fields, object value, Buffer *b, bint top) except -1:
        cdef Py_ssize_t at = 0
        cdef PyObject *key
        cdef PyObject *each
        cdef PyObject *found
        cdef Field field
        if not PyDict_CheckExact(value):
            return odd()
        put_number(b, len(<dict>value))
        while PyDict_Next(value, &at, &key, &each):
            found = PyDict_GetItemWithError(fields, <object>key)
            if found == NULL:
                self.see_other(<object>key, <object>each, b, top)
            else:
                field = <Field>found
                put_number(b, field.number)
                self.see(field, <object>each, <dict>value, b)
        return 0

    cdef int see_other(self, object key, object value, Buffer *b, bint top) except -1:
        """An element that has no mark: of its value nothing is asked, but that ours is a text."""
        cdef Py_ssize_t size
        cdef const char *data
        if not PyUnicode_CheckExact(key):
            return odd()
        data = PyUnicode_AsUTF8AndSize(key, &size)
        if top:
            if data[0] != c"{":
                return odd()
            if not PyUnicode_CheckExact(value) and (<str>key).startswith(self.own):
                return odd()
        put_number(b, 0)
        return put_part(b, data, size)

    cdef int see(self, Field field, object value, dict holder, Buffer *b) except -1:
        cdef int mark = field.mark
        if mark == CODES:
            return self.see_codes(field.detail, value, b)
        if mark == INNER:
            return self.see_record(field.inner, value, b, False)
        if mark == INNERS or mark == WORDS:
            return self.see_list(field, value, b)
        if mark == FINITE or mark == AMOUNT:
            return see_amount(mark, value, b)
        if mark == FLAG:
            return 0 if value is True or value is False else odd()
        if not PyUnicode_CheckExact(value):
            return odd()
        if mark == SAME:
            return put_text(b, value)
        if mark == ANY:
            return 0
        if mark == SOME:
            return 0 if len(<str>value) else odd()
        if mark == TIME or mark == OCCURRED_TIME:
            return self.see_time(mark, value, holder)
        if mark == CODE:
            return put_bytes_of(b, self.code_of(field.detail, value))
        if mark == RESPONSIBLE:
            return self.see_party(field.detail, value, holder, b)
        if mark == PLACED:
            return self.see_place(value, b)
        if mark == OWN_ID:
            self.event_id = value
        return self.see_uri(value)

    cdef int see_list(self, Field field, object value, Buffer *b) except -1:
        cdef Py_ssize_t at
        if not PyList_CheckExact(value) or len(<list>value) == 0:
            return odd()
        put_number(b, len(<list>value))
        for at in range(len(<list>value)):
            if field.mark == WORDS:
                put_text(b, <object>PyList_GET_ITEM(value, at))
            else:
                self.see_record(field.inner, <object>PyList_GET_ITEM(value, at), b, False)
        return 0

    cdef int see_codes(self, int rank, object value, Buffer *b) except -1:
        """A list of codes, no two alike; part of the likeness are its marks, each run once."""
        cdef Py_ssize_t at, before
        cdef bytes mark, last = None
        if not PyList_CheckExact(value) or len(<list>value) == 0:
            return odd()
        for at in range(len(<list>value)):
            mark = self.code_of(rank, <object>PyList_GET_ITEM(value, at))
            if mark is not last and mark != last:
                put_number(b, 1)
                put_bytes_of(b, mark)
                last = mark
        put_number(b, 0)
        if len(<list>value) > FEW:
            return 0 if len(set(value)) == len(<list>value) else odd()
        for at in range(1, len(<list>value)):
            for before in range(at):
                if (<list>value)[at] == (<list>value)[before]:
                    return odd()
        return 0

    cdef bytes code_of(self, int rank, object text):
        """The mark of a code; the first of the lowest rank is the header's product."""
        cdef Py_ssize_t size, at
        cdef const char *data
        cdef tuple known
        if not PyUnicode_CheckExact(text):
            odd()
        data = PyUnicode_AsUTF8AndSize(text, &size)
        at = size
        if size > LONGEST:
            odd()
        while at and is_numbered(data[at - 1]):
            at -= 1
        known = self.numbered(data, at, size)
        if known is None:
            at = size
            known = self.remembered(self.codes, self.code, data, size)
            if known is None:
                odd()
        if rank < self.rank:
            self.rank, self.first = rank, known[1]
            if at < size:
                number = PyUnicode_DecodeUTF8(data + at, size - at, NULL)
                self.first = named(self.product, (known[1][0], known[1][1] + number))
        return known[0]

    cdef int see_party(self, int side, object text, dict holder, Buffer *b) except -1:
        """Who is named, with what says their role."""
        cdef PyObject *kind = PyDict_GetItemWithError(holder, "type")
        cdef PyObject *found
        if len(<str>text) > LONGEST:
            return odd()
        role = None if kind == NULL else <object>kind
        if role is not None and not PyUnicode_CheckExact(role):
            return odd()
        place = side, role, text
        found = PyDict_GetItemWithError(self.parties, place)
        if found == NULL:
            if len(self.parties) >= MEMORY:
                self.parties.clear()
            told = self.parties[place] = self.party(side, role, text)
        else:
            told = <object>found
        if told is None:
            return odd()
        if (<tuple>told)[2] is not None:
            self.named.append(told)
        return put_bytes_of(b, (<tuple>told)[0])

    cdef int see_place(self, object text, Buffer *b) except -1:
        cdef Py_ssize_t size
        cdef const char *data = PyUnicode_AsUTF8AndSize(text, &size)
        if size == 0:
            return odd()
        if self.place is None:
            return 0
        if size > LONGEST:
            return odd()
        return put_bytes_of(b, self.remembered(self.places, self.place, data, size))

    cdef int see_time(self, int mark, object text, dict holder) except -1:
        cdef Py_ssize_t size, own
        cdef const char *data = PyUnicode_AsUTF8AndSize(text, &size)
        cdef const char *offset
        cdef PyObject *zone
        cdef int64_t found = usual_time(<const unsigned char *>data, size)
        if found < 0:
            told = self.instant(text)
            if told is None:
                return odd()
            found = told
        if mark == TIME:
            return 0
        self.occurred = found
        if size < ZONE or data[size - ZONE] not in b"+-":
            return 0
        zone = PyDict_GetItemWithError(holder, "eventTimeZoneOffset")
        if zone == NULL or not PyUnicode_CheckExact(<object>zone):
            return odd()
        offset = PyUnicode_AsUTF8AndSize(<object>zone, &own)
        return 0 if own == ZONE and memcmp(offset, data + size - ZONE, ZONE) == 0 else odd()

    cdef int see_uri(self, object text) except -1:
        cdef Py_ssize_t size
        cdef const char *data = PyUnicode_AsUTF8AndSize(text, &size)
        return 0 if is_usual_uri(<const unsigned char *>data, size) or self.uri(text) else odd()


cdef inline int put_bytes_of(Buffer *b, bytes value) except -1:
    return put(b, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))


cdef int see_amount(int mark, object value, Buffer *b) except -1:
    """A number that is written as it is; of an amount, whether it is a fraction counts."""
    cdef double number
    if PyFloat_CheckExact(value):
        number = value
    elif PyLong_CheckExact(value) and -EXACT <= value <= EXACT:
        number = value
    else:
        return odd()
    if number - number != 0:
        return odd()
    if mark == FINITE:
        return 0
    return odd() if number < 0 else put_number(b, number != floor(number))
