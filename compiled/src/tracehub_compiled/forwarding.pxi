# The outputs of events that another hub has checked: what is the same for each, without its decisions.

cdef extern from "stdio.h":
    int snprintf(char *to, size_t size, const char *form, ...)

cdef enum:
    FRONT = 60
    CHECK_AT = 34
    LINK = 12
    OFFSETS_AT = 8  # behind the link, in four bytes each
    DIGEST = 32
    RECEIVED = 8
    DIGITS = 24


cdef inline void put_wide(unsigned char *to, uint64_t value, int size) noexcept:
    """A number, the highest byte first."""
    cdef int at
    for at in range(size):
        to[size - 1 - at] = <unsigned char>(value & 0xFF)
        value >>= 8


cdef inline void put_link(unsigned char *to, int64_t offset) noexcept:
    put_wide(to, <uint64_t>offset, 8)
    put_wide(to + 8, 0, 4)


cdef class Forwarding:
    """What is the same for every event of one raw partition.

    Args:
        codecs: the codec of each event schema, by the frame before the event; of events that
            nobody has checked its looker.
        start: version and verdict, the first two bytes of the facts.
        partition: of the raw topic, and of every output.
        back: the facts behind the link.
        header: the name of the record header that carries facts.
        publisher: what stands before the event's id in an effect key.
        digest: makes a SHA-256 hash.
        check: the checksum of a value.
        by_parties: a verdict is remembered by the parties too.
    """

    cdef dict codecs
    cdef bytes start, back, publisher
    cdef int partition
    cdef Py_ssize_t frame
    cdef object header, digest, check
    cdef bint by_parties, looks

    def __init__(
        self,
        dict codecs not None,
        bytes start not None,
        int partition,
        bytes back not None,
        str header not None,
        bytes publisher not None,
        digest,
        check,
        *,
        by_parties,
    ):
        self.frame = len(next(iter(codecs)))
        if len(start) != 2 or len(back) < OFFSETS_AT + 4 * SECTIONS or partition >> 16:
            raise ValueError("facts have other bytes")
        self.looks = isinstance(next(iter(codecs.values())), Looker)
        if not all(isinstance(each, Looker if self.looks else EventCodec) for each in codecs.values()):
            raise TypeError("a codec is of another engine")
        self.codecs, self.start, self.partition, self.back = codecs, start, partition, back
        self.header, self.publisher, self.digest, self.check = header, publisher, digest, check
        self.by_parties = by_parties

    def forward(
        self,
        list batch not None,
        Py_ssize_t at,
        dict plans not None,
        dict lines not None,
        opened not None,
        list used not None,
    ):
        """Write the outputs of the records from index `at` on; the index of the first that is left.

        It stops at what is not of the usual form, and at what nobody has decided yet.

        Args:
            plans: by what a verdict is remembered by.
            lines: where the outputs of a plan go: of each line `rows` and `before` are set.
            opened: makes those of a plan that has none yet.
            used: takes the plan of every record.
        """
        cdef Buffer claims
        if at < 0:
            raise IndexError("records begin at 0")
        begin(&claims)
        try:
            while at < len(batch):
                claims.used = 0
                plan = self.one(batch[at], plans, lines, opened, &claims)
                if plan is None:
                    break
                used.append(plan)
                at += 1
        finally:
            end(&claims)
        return at

    cdef object one(self, object received, dict plans, dict lines, opened, Buffer *claims):
        """Write the outputs of one record; returns its plan, or None when it is left."""
        cdef Cursor c
        cdef Route r
        cdef Py_ssize_t sections[SECTIONS]
        cdef PyObject *found
        if not PyTuple_Check(received) or PyTuple_GET_SIZE(received) != RECEIVED:
            return None
        value = <object>PyTuple_GET_ITEM(received, 2)
        if <object>PyTuple_GET_ITEM(received, 7) is not None or not PyBytes_CheckExact(value):
            return None
        codec = self.codecs.get(value[:self.frame])
        if codec is None:
            return None
        try:
            if self.looks:
                (<Looker>codec).walk(value, claims, &r, sections)
            else:
                (<EventCodec>codec).start(value, &c)
                (<EventCodec>codec).route(&c, claims, &r)
        except (ValueError, MemoryError):
            return None
        if r.key_size == 0:
            return None
        remembered = PyBytes_FromStringAndSize(claims.data, claims.used)
        if self.by_parties:
            remembered = (remembered, PyBytes_FromStringAndSize(r.parties, r.parties_size))
        found = PyDict_GetItemWithError(plans, remembered)
        if found == NULL:
            return None
        plan = <object>found
        cuts = plan.cuts
        if cuts:
            try:
                if not self.looks:
                    (<EventCodec>codec).sections_at(&c, sections)
            except ValueError:
                return None
        found = PyDict_GetItemWithError(lines, plan)
        to = opened(plan) if found == NULL else <object>found
        if cuts:
            self.write_cuts(received, value, to, &r, cuts, sections)
        else:
            back = self.back_of(sections) if self.looks else self.back
            self.write(received, value, to, &r, back)
        return plan

    cdef bytes back_of(self, const Py_ssize_t *sections):
        """The facts behind the link of an event whose sections were found."""
        cdef bytes made = PyBytes_FromStringAndSize(
            PyBytes_AS_STRING(self.back), PyBytes_GET_SIZE(self.back)
        )
        cdef unsigned char *to = <unsigned char *>PyBytes_AS_STRING(made) + OFFSETS_AT
        cdef int at
        for at in range(SECTIONS):
            put_wide(to + 4 * at, <uint64_t>sections[at], 4)
        return made

    cdef int write(
        self, object received, bytes value, tuple to, Route *r, bytes back
    ) except -1:
        cdef unsigned char front[FRONT]
        cdef Py_ssize_t at
        self.put_front(front, received, r)
        self.put_check(front, value)
        place, key = place_of(received), PyBytes_FromStringAndSize(r.key, r.key_size)
        for at in range(PyTuple_GET_SIZE(to)):
            self.put_row(<object>PyTuple_GET_ITEM(to, at), key, value, front, back, place)
        return 0

    cdef int write_cuts(
        self, received, bytes value, tuple to, Route *r, tuple cuts, const Py_ssize_t *sections
    ) except -1:
        """As `write()`; each output is cut behind so many sections."""
        cdef unsigned char front[FRONT]
        cdef Py_ssize_t at, shown
        cdef list views = [None] * (SECTIONS + 1)
        if PyTuple_GET_SIZE(cuts) != PyTuple_GET_SIZE(to):
            odd()
        self.put_front(front, received, r)
        place, key = place_of(received), PyBytes_FromStringAndSize(r.key, r.key_size)
        for at in range(PyTuple_GET_SIZE(to)):
            shown = <object>PyTuple_GET_ITEM(cuts, at)
            if not 0 < shown <= SECTIONS:
                odd()
            if views[shown] is None:
                views[shown] = self.view(value, shown, sections)
            view, back = views[shown]
            self.put_check(front, view)
            self.put_row(<object>PyTuple_GET_ITEM(to, at), key, view, front, back, place)
        return 0

    cdef tuple view(self, bytes value, Py_ssize_t shown, const Py_ssize_t *sections):
        """What is left of a value behind so many sections, and the facts behind the link."""
        cdef char *view = PyBytes_AS_STRING(value)
        cdef Py_ssize_t at, end = PyBytes_GET_SIZE(value)
        cdef bint withheld = False
        cdef bytes made = value
        cdef bytes back = PyBytes_FromStringAndSize(
            PyBytes_AS_STRING(self.back), PyBytes_GET_SIZE(self.back)
        )
        for at in range(shown, SECTIONS):
            withheld = withheld or view[sections[at]] != 0
        if withheld:
            end = sections[shown]
            made = PyBytes_FromStringAndSize(NULL, end + SECTIONS - shown)
            memcpy(PyBytes_AS_STRING(made), view, end)
            memset(PyBytes_AS_STRING(made) + end, 0, SECTIONS - shown)
        for at in range(SECTIONS):
            put_wide(
                <unsigned char *>PyBytes_AS_STRING(back) + OFFSETS_AT + 4 * at,
                end + at - shown if withheld and at >= shown else sections[at],
                4,
            )
        return made, back

    cdef int put_row(
        self, line, bytes key, bytes value, const unsigned char *front, bytes back, bytes place
    ) except -1:
        facts = join_facts(front, line.before, back)
        (<list?>line.rows).append((key, value, ((self.header, facts),)))
        line.before = place
        return 0

    cdef int put_front(self, unsigned char *to, received, Route *r) except -1:
        """All before the link but the checksum of the value."""
        cdef int64_t at = <object>PyTuple_GET_ITEM(received, 6)
        cdef int64_t offset = <object>PyTuple_GET_ITEM(received, 5)
        effect = self.effect(r)
        memcpy(to, PyBytes_AS_STRING(self.start), 2)
        memcpy(to + 2, PyBytes_AS_STRING(effect), DIGEST)
        put_wide(to + 38, <uint64_t>at, 8)
        put_wide(to + 46, <uint64_t>offset, 8)
        put_wide(to + 54, self.partition, 2)
        put_wide(to + 56, 0, 4)
        return 0

    cdef int put_check(self, unsigned char *front, bytes value) except -1:
        put_wide(front + CHECK_AT, self.check(value), 4)
        return 0

    cdef bytes effect(self, Route *r):
        """The effect key of an event."""
        cdef char declared[DIGITS]
        cdef int digits = 0
        cdef Py_ssize_t before = PyBytes_GET_SIZE(self.publisher)
        if r.declared_at:
            digits = snprintf(declared, DIGITS, "%lld", <long long>r.declared_at)
        cdef bytes text = PyBytes_FromStringAndSize(NULL, before + r.id_size + 1 + digits)
        cdef char *to = PyBytes_AS_STRING(text)
        memcpy(to, PyBytes_AS_STRING(self.publisher), before)
        memcpy(to + before, r.event_id, r.id_size)
        to[before + r.id_size] = 0
        memcpy(to + before + r.id_size + 1, declared, digits)
        cdef bytes effect = self.digest(text).digest()
        if PyBytes_GET_SIZE(effect) != DIGEST:
            odd()
        return effect


cdef bytes place_of(object received):
    """The link of the next record of a line to this one."""
    cdef unsigned char link[LINK]
    put_link(link, <object>PyTuple_GET_ITEM(received, 5))
    return PyBytes_FromStringAndSize(<const char *>link, LINK)


cdef bytes join_facts(const unsigned char *front, object before, bytes back):
    cdef Py_ssize_t size = PyBytes_GET_SIZE(back)
    if not PyBytes_CheckExact(before) or PyBytes_GET_SIZE(before) != LINK:
        raise TypeError("a link has twelve bytes")
    cdef bytes made = PyBytes_FromStringAndSize(NULL, FRONT + LINK + size)
    cdef char *to = PyBytes_AS_STRING(made)
    memcpy(to, front, FRONT)
    memcpy(to + FRONT, PyBytes_AS_STRING(before), LINK)
    memcpy(to + FRONT + LINK, PyBytes_AS_STRING(back), size)
    return made
