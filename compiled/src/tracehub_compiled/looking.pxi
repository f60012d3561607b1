# Looks at all of an event that nobody has checked, and makes nothing of it but its likeness.

cdef enum Mark:
    NO_MARK
    SAME
    ANY
    SOME
    ABSENT
    TRUE
    OCCURRED_TIME
    TIME
    FINITE
    AMOUNT
    CODE
    RESPONSIBLE
    EXTENSIONS
    WORDS
    FLAG
    URI
    OWN_ID
    CODES
    PLACED
    INNER
    INNERS

_MARKS = {
    "same": SAME,
    "any": ANY,
    "some": SOME,
    "absent": ABSENT,
    "true": TRUE,
    "occurred": OCCURRED_TIME,
    "time": TIME,
    "finite": FINITE,
    "amount": AMOUNT,
    "code": CODE,
    "party": RESPONSIBLE,
    "extensions": EXTENSIONS,
    "words": WORDS,
    "flag": FLAG,
    "uri": URI,
    "id": OWN_ID,
    "codes": CODES,
    "place": PLACED,
    "record": INNER,
    "records": INNERS,
}

cdef enum:
    PARENT = 2  # ranks of codes that may not be equal
    CHILD = 3
    NO_RANK = 99
    DIGESTS = 4
    SECTION_DIGEST = 32
    MEMORY = 65536
    LONGEST = 256  # a longer code is no usual one: nobody can fill the memory with such
    MOST_ALIKE = 4096
    DAY_MS = 86400000
    BEIJING_MS = 28800000


cdef struct Seen:
    Buffer *likeness
    Route *route
    int rank
    bint fits
    const char *parent
    Py_ssize_t parent_size


cdef class Codes:
    """What codes are, remembered by what stands before their number, or whole.

    The checks `stem` and `code` answer None of what is not good; third in what they tell is how
    many digits the number has, 0 for any letters and digits.
    """

    cdef object stem, code
    cdef dict stems, codes

    cdef tuple numbered(self, const char *data, Py_ssize_t at, Py_ssize_t size):
        """What is known of a code by all that stands before its number; None of another code."""
        cdef tuple known
        cdef Py_ssize_t digits, place
        if at == size or at == 0:
            return None
        known = self.remembered(self.stems, self.stem, data, at)
        if known is None:
            return None
        digits = <object>PyTuple_GET_ITEM(known, 2)
        if digits:
            if size - at != digits:
                return None
            for place in range(at, size):
                if not c"0" <= data[place] <= c"9":
                    return None
        return known

    cdef object remembered(self, dict memory, object check, const char *data, Py_ssize_t size):
        """What a check says of a text; it is asked once."""
        text = PyBytes_FromStringAndSize(data, size)
        cdef PyObject *found = PyDict_GetItemWithError(memory, text)
        if found != NULL:
            return <object>found
        if len(memory) >= MEMORY:
            memory.clear()
        told = memory[text] = check(PyUnicode_DecodeUTF8(data, size, NULL))
        return told


cdef class Looker(Codes):
    """Looks at the events of one schema.

    A look ends well when the event is written as usual, and each value that is its own passes by
    itself; all else that a verdict may depend on is joined in its likeness.

    Args:
        codec: reads the header.
        sections: shapes of the sections with marks.
        largest: bytes of the longest value.
        own: how the namespace of extensions begins that are part of the likeness.
        checks: `stem`, `code`, `party`, `instant` and `value`; each is asked once for what it
            may be asked again, and answers None of what is not good.
        kind: named tuple of a look.
    """

    cdef EventCodec codec
    cdef tuple sections
    cdef Py_ssize_t largest
    cdef bytes own
    cdef object party, instant, value, kind
    cdef dict parties

    def __init__(
        self, EventCodec codec not None, tuple sections, largest, bytes own not None, checks, kind
    ):
        self.codec, self.largest, self.own, self.kind = codec, largest, own, kind
        self.sections = tuple(Node(each) for each in sections)
        if len(self.sections) != SECTIONS:
            raise ValueError("an event has four sections")
        self.stem, self.code, self.party, self.instant, self.value = checks
        self.stems, self.codes, self.parties = {}, {}, {}

    def look(self, value):
        """What is found in an event; raises when it is not as usual."""
        cdef Buffer likeness
        cdef Route r
        cdef Py_ssize_t offsets[SECTIONS]
        begin(&likeness)
        try:
            self.walk(value, &likeness, &r, offsets)
            return named(
                self.kind,
                (
                    PyUnicode_DecodeUTF8(r.event_id, r.id_size, NULL),
                    PyBytes_FromStringAndSize(r.key, r.key_size),
                    PyBytes_FromStringAndSize(likeness.data, likeness.used),
                    PyBytes_FromStringAndSize(r.parties, r.parties_size),
                    (offsets[0], offsets[1], offsets[2], offsets[3]),
                ),
            )
        finally:
            end(&likeness)

    cdef int walk(
        self, object value, Buffer *likeness, Route *r, Py_ssize_t *offsets
    ) except -1:
        cdef Cursor c
        cdef Seen s
        cdef Py_ssize_t at
        cdef int64_t day
        self.codec.start(value, &c)
        if c.end > self.largest:
            return odd()
        self.codec.claim(&c, likeness, r)
        if r.key_size == 0 or r.declared_at:
            return odd()
        for at in range(r.id_size):
            if not 0x20 < <unsigned char>r.event_id[at] < 0x7F:
                return odd()
        if r.id_size == 0:
            return odd()
        put_number(likeness, r.parties_size > 1)  # a list may ask whether it names a party
        digests(&c)
        s.likeness, s.route, s.rank, s.fits, s.parent, s.parent_size = (
            likeness, r, NO_RANK, False, NULL, -1
        )
        for at in range(SECTIONS):
            offsets[at] = c.at
            self.see(<Node>PyTuple_GET_ITEM(self.sections, at), &c, &s)
        if c.at != c.end or not s.fits or not 0 < r.occurred_at < 4102444800000:
            return odd()
        if likeness.used > MOST_ALIKE or r.parties_size > MOST_ALIKE:
            return odd()
        day = (r.occurred_at + BEIJING_MS) // DAY_MS
        return put(likeness, <const char *>&day, sizeof(day))

    cdef int see(self, Node node, Cursor *c, Seen *s) except -1:
        cdef Py_ssize_t at, count, size, start = c.at
        cdef int kind = node.kind, mark = node.mark
        cdef Node item
        if mark:
            return self.see_marked(node, c, s)
        if kind == UNION:
            at = index(c, node.count)
            put(s.likeness, <const char *>c.data + start, c.at - start)
            return self.see(<Node>PyTuple_GET_ITEM(node.kids, at), c, s)
        if kind == RECORD:
            for at in range(node.count):
                self.see(<Node>PyTuple_GET_ITEM(node.kids, at), c, s)
        elif kind == ARRAY:
            item = <Node>PyTuple_GET_ITEM(node.kids, 0)
            count = item_count(c, item.least)
            if item.mark == CODE or item.mark == ANY:
                put_number(s.likeness, count != 0)
            else:
                put_number(s.likeness, count)
            for at in range(count):
                self.see(item, c, s)
            if count:
                block_end(c)
        elif kind != NOTHING:
            return odd()
        return 0

    cdef int see_marked(self, Node node, Cursor *c, Seen *s) except -1:
        cdef Py_ssize_t size, start = c.at
        cdef int mark = node.mark
        cdef double number
        if mark == SAME:
            skip(node, c)
            return put(s.likeness, <const char *>c.data + start, c.at - start)
        if mark == ANY or mark == SOME:
            if node.kind == BOOLEAN:
                index_of_truth(c)
                return 0
            utf8(c, &size)
            return odd() if mark == SOME and size == 0 else 0
        if mark == ABSENT:
            return block_end(c)
        if mark == TRUE:
            return 0 if index_of_truth(c) == 1 else odd()
        if mark == CODE:
            return self.see_code(node.detail, c, s)
        if mark == RESPONSIBLE:
            return self.see_party(node, c, s)
        if mark == EXTENSIONS:
            return self.see_extensions(node, c, s)
        if mark == TIME or mark == OCCURRED_TIME:
            return self.see_time(mark, c, s)
        number = PyFloat_Unpack8(take(c, 8), LITTLE)
        return odd() if number - number != 0 or (mark == AMOUNT and number < 0) else 0

    cdef int see_time(self, int mark, Cursor *c, Seen *s) except -1:
        cdef Py_ssize_t size
        cdef const char *data = utf8(c, &size)
        cdef int64_t found = usual_time(<const unsigned char *>data, size)
        if found < 0:
            told = self.instant(PyUnicode_DecodeUTF8(data, size, NULL))
            if told is None:
                return odd()
            found = told
        return odd() if mark == OCCURRED_TIME and found != s.route.occurred_at else 0

    cdef int see_code(self, int rank, Cursor *c, Seen *s) except -1:
        """A product's code: good by itself, and of the first the header tells what it is."""
        cdef Py_ssize_t size = length(c)
        cdef const char *data = take(c, size)
        cdef Py_ssize_t at = size
        cdef tuple known
        if size > LONGEST:
            return odd()
        if rank == PARENT:
            s.parent, s.parent_size = data, size
        elif rank == CHILD and size == s.parent_size and memcmp(data, s.parent, size) == 0:
            return odd()
        while at and is_numbered(data[at - 1]):
            at -= 1
        known = self.numbered(data, at, size)
        if known is None:
            at = size
            known = self.remembered(self.codes, self.code, data, size)
            if known is None:
                return odd()
        if rank < s.rank:
            s.rank = rank
            s.fits = self.fits(known, data + at, size - at, s.route)
        return 0

    cdef bint fits(self, tuple known, const char *number, Py_ssize_t size, Route *r) except -1:
        """Does the header name the product of this code?"""
        cdef bytes scheme = known[0]
        cdef bytes before = known[1]
        cdef Py_ssize_t own = PyBytes_GET_SIZE(before)
        return (
            r.scheme_size == PyBytes_GET_SIZE(scheme)
            and memcmp(r.scheme, PyBytes_AS_STRING(scheme), r.scheme_size) == 0
            and r.key_size == own + size
            and memcmp(r.key, PyBytes_AS_STRING(before), own) == 0
            and memcmp(r.key + own, number, size) == 0
        )

    cdef int see_party(self, Node node, Cursor *c, Seen *s) except -1:
        """A party's code, with what says its role: the header must name it so."""
        cdef Cursor again = c[0]
        cdef Py_ssize_t at, start = c.at
        cdef PyObject *found
        cdef bint whole = node.kind == UNION
        if whole:
            skip(node, c)
        else:
            self.see(<Node>PyTuple_GET_ITEM(node.kids, 0), c, s)
            skip(<Node>PyTuple_GET_ITEM(node.kids, 1), c)
        if c.at - start > LONGEST:
            return odd()
        place = node.detail, PyBytes_FromStringAndSize(<const char *>c.data + start, c.at - start)
        found = PyDict_GetItemWithError(self.parties, place)
        if found == NULL:
            if len(self.parties) >= MEMORY:
                self.parties.clear()
            if whole:
                kind, text = None, read(node, &again)
            else:
                kind = read(<Node>PyTuple_GET_ITEM(node.kids, 0), &again)
                text = read(<Node>PyTuple_GET_ITEM(node.kids, 1), &again)
            told = self.parties[place] = self.party(node.detail, kind, text)
        else:
            told = <object>found
        if told is None:
            return odd()
        if told:
            is_named(told, s.route)
        for at in range(2, 0 if whole else node.count):
            self.see(<Node>PyTuple_GET_ITEM(node.kids, at), c, s)
        return 0

    cdef int see_extensions(self, Node node, Cursor *c, Seen *s) except -1:
        """Elements that no schema names: ours are part of the likeness, others must be JSON."""
        cdef Node item = <Node>PyTuple_GET_ITEM(node.kids, 0)
        cdef Py_ssize_t size, start, at, count = item_count(c, item.least)
        cdef Py_ssize_t own = PyBytes_GET_SIZE(self.own)
        cdef const char *data
        cdef bint ours
        put_number(s.likeness, count != 0)
        for at in range(count):
            start = c.at
            data = utf8(c, &size)
            ours = size >= own and memcmp(data, PyBytes_AS_STRING(self.own), own) == 0
            if ours:
                c.at = start
                skip(item, c)
                put_number(s.likeness, 1)
                put(s.likeness, <const char *>c.data + start, c.at - start)
                continue
            utf8(c, &size)
            data = utf8(c, &size)
            if not is_plain_json(<const unsigned char *>data, size):
                if not self.value(PyUnicode_DecodeUTF8(data, size, NULL)):
                    return odd()
        if count:
            put_number(s.likeness, 0)
            return block_end(c)
        return 0


cdef int digests(Cursor *c) except -1:
    """No digest, or one of each section."""
    cdef Py_ssize_t count = item_count(c, 1)
    if count == 0:
        return 0
    if count != DIGESTS:
        return odd()
    for _ in range(count):
        if length(c) != SECTION_DIGEST:
            return odd()
        c.at += SECTION_DIGEST
    return block_end(c)


cdef int is_named(bytes party, Route *r) except -1:
    """Raises unless a party is among those of the header."""
    cdef Cursor c
    cdef Py_ssize_t start, field, size = PyBytes_GET_SIZE(party)
    cdef Py_ssize_t at, count
    c.data, c.at, c.end = <const unsigned char *>r.parties, 0, r.parties_size
    c.items = r.parties_size
    count = item_count(&c, 1)
    for at in range(count):
        start = c.at
        for _ in range(3):
            field = length(&c)
            c.at += field
        if c.at - start == size and memcmp(c.data + start, PyBytes_AS_STRING(party), size) == 0:
            return 0
    return odd()
