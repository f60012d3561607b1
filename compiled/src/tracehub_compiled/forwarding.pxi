# The outputs of events that are checked: what is the same for each, without its decisions.

cdef extern from "stdio.h":
    int snprintf(char *to, size_t size, const char *form, ...)

cdef extern from "crc32.h":
    void crc32_prepare()
    int crc32_has_processor()
    uint32_t crc32_of(int processor, const void *data, size_t size)

crc32_prepare()
cdef int _processor = crc32_has_processor()

cdef enum:
    FRONT = 60
    START = 2  # version and verdict
    CHECK_AT = 34
    LINK = 12
    OFFSETS_AT = 8  # behind the link, in four bytes each
    DIGEST = 32
    RECEIVED = 8
    DIGITS = 24
    ACCEPTED = 7  # of the fields of an event that was judged, these are looked at:
    ITEM_AT = 0
    VALUE_AT = 2
    WHERE_AT = 3
    VERDICT_AT = 4


cdef inline void put_wide(unsigned char *to, uint64_t value, int size) noexcept:
    """A number, the highest byte first."""
    cdef int at
    for at in range(size):
        to[size - 1 - at] = <unsigned char>(value & 0xFF)
        value >>= 8


cdef inline void put_link(unsigned char *to, int64_t offset, uint32_t item) noexcept:
    put_wide(to, <uint64_t>offset, 8)
    put_wide(to + 8, item, 4)


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
        by_parties: a verdict is remembered by the parties too.
    """

    cdef dict codecs
    cdef bytes start, back, publisher
    cdef int partition
    cdef Py_ssize_t frame
    cdef object header, digest
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
        *,
        by_parties,
    ):
        self.frame = len(next(iter(codecs)))
        if len(start) != START or len(back) < OFFSETS_AT + 4 * SECTIONS or partition >> 16:
            raise ValueError("facts have other bytes")
        self.looks = isinstance(next(iter(codecs.values())), Looker)
        if not all(isinstance(each, Looker if self.looks else EventCodec) for each in codecs.values()):
            raise TypeError("a codec is of another engine")
        self.codecs, self.start, self.partition, self.back = codecs, start, partition, back
        self.header, self.publisher, self.digest = header, publisher, digest
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
        cdef const Py_ssize_t *where
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
        plan = self.plan_of(plans, claims, &r)
        if plan is None:
            return None
        if plan.cuts and not self.looks:
            try:
                (<EventCodec>codec).sections_at(&c, sections)
            except ValueError:
                return None
        where = sections if self.looks or plan.cuts else NULL
        self.write(received, 0, self.start, value, plan, lines, opened, &r, where)
        return plan

    def judged(
        self,
        dict starts not None,
        dict plans not None,
        dict lines not None,
        opened not None,
        list used not None,
        list verdicts not None,
        received not None,
        found not None,
        Py_ssize_t at,
    ):
        """Write the outputs of what a record was found to hold; the index of the first that is left.

        It stops at what was refused, and at what nobody has routed yet.

        Args:
            starts: the first two bytes of the facts, by verdict.
            plans, lines, opened: as of `forward()`.
            used, verdicts: take the plan and the verdict of every event.
            received: the record.
            found: its events.
            at: from which index on.
        """
        cdef Buffer claims
        if at < 0 or not PyTuple_Check(received) or PyTuple_GET_SIZE(received) != RECEIVED:
            raise ValueError("no record, or no event of one")
        begin(&claims)
        try:
            while at < len(found):
                claims.used = 0
                each = found[at]
                if not PyTuple_Check(each) or PyTuple_GET_SIZE(each) != ACCEPTED:
                    break
                plan = self.one_judged(starts, plans, lines, opened, received, each, &claims)
                if plan is None:
                    break
                used.append(plan)
                verdicts.append(<object>PyTuple_GET_ITEM(each, VERDICT_AT))
                at += 1
        finally:
            end(&claims)
        return at

    cdef object one_judged(
        self, dict starts, dict plans, dict lines, opened, received, accepted, Buffer *claims
    ):
        """As `one()`, of an event that was judged."""
        cdef Cursor c
        cdef Route r
        cdef Py_ssize_t sections[SECTIONS]
        cdef Py_ssize_t at
        cdef uint32_t item = <object>PyTuple_GET_ITEM(accepted, ITEM_AT)
        cdef bytes value = <object>PyTuple_GET_ITEM(accepted, VALUE_AT)
        cdef tuple offsets = <object>PyTuple_GET_ITEM(accepted, WHERE_AT)
        codec = self.codecs.get(value[:self.frame])
        if self.looks or codec is None or len(offsets) != SECTIONS:
            return None
        try:
            (<EventCodec>codec).start(value, &c)
            (<EventCodec>codec).route(&c, claims, &r)
        except (ValueError, MemoryError):
            return None
        for at in range(SECTIONS):
            sections[at] = <object>PyTuple_GET_ITEM(offsets, at)
            if not c.at <= sections[at] < c.end:
                return None
        plan = self.plan_of(plans, claims, &r)
        if plan is not None:
            start = starts[<object>PyTuple_GET_ITEM(accepted, VERDICT_AT)]
            self.write(received, item, start, value, plan, lines, opened, &r, sections)
        return plan

    cdef object plan_of(self, dict plans, Buffer *claims, Route *r):
        """What is remembered of an event; None when nothing is."""
        cdef PyObject *found
        if r.key_size == 0:
            return None
        remembered = PyBytes_FromStringAndSize(claims.data, claims.used)
        if self.by_parties:
            remembered = (remembered, PyBytes_FromStringAndSize(r.parties, r.parties_size))
        found = PyDict_GetItemWithError(plans, remembered)
        return None if found == NULL else <object>found

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
        self,
        received,
        uint32_t item,
        bytes start,
        bytes value,
        plan,
        dict lines,
        opened,
        Route *r,
        const Py_ssize_t *sections,
    ) except -1:
        """Write the outputs of one event; sections are NULL where nobody has looked for them."""
        cdef unsigned char front[FRONT]
        cdef Py_ssize_t at
        cdef PyObject *found = PyDict_GetItemWithError(lines, plan)
        cdef tuple to = opened(plan) if found == NULL else <object>found
        self.put_front(front, received, item, start, r)
        place, key = place_of(received, item), PyBytes_FromStringAndSize(r.key, r.key_size)
        if plan.cuts:
            return self.write_cuts(value, to, plan.cuts, key, front, place, sections)
        put_check(front, value)
        back = self.back if sections == NULL else self.back_of(sections)
        for at in range(PyTuple_GET_SIZE(to)):
            self.put_row(<object>PyTuple_GET_ITEM(to, at), key, value, front, back, place)
        return 0

    cdef int write_cuts(
        self,
        bytes value,
        tuple to,
        tuple cuts,
        bytes key,
        unsigned char *front,
        bytes place,
        const Py_ssize_t *sections,
    ) except -1:
        """As `write()`; each output is cut behind so many sections."""
        cdef Py_ssize_t at, shown
        cdef list views = [None] * (SECTIONS + 1)
        if PyTuple_GET_SIZE(cuts) != PyTuple_GET_SIZE(to):
            odd()
        for at in range(PyTuple_GET_SIZE(to)):
            shown = <object>PyTuple_GET_ITEM(cuts, at)
            if not 0 < shown <= SECTIONS:
                odd()
            if views[shown] is None:
                views[shown] = self.view(value, shown, sections)
            view, back = views[shown]
            put_check(front, view)
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

    cdef int put_front(
        self, unsigned char *to, received, uint32_t item, bytes start, Route *r
    ) except -1:
        """All before the link but the checksum of the value."""
        cdef int64_t at = <object>PyTuple_GET_ITEM(received, 6)
        cdef int64_t offset = <object>PyTuple_GET_ITEM(received, 5)
        effect = self.effect(r)
        if PyBytes_GET_SIZE(start) != START:
            odd()
        memcpy(to, PyBytes_AS_STRING(start), START)
        memcpy(to + START, PyBytes_AS_STRING(effect), DIGEST)
        put_wide(to + 38, <uint64_t>at, 8)
        put_wide(to + 46, <uint64_t>offset, 8)
        put_wide(to + 54, self.partition, 2)
        put_wide(to + 56, item, 4)
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


def body_check(const unsigned char[::1] value not None, *, by_tables=False):
    """The CRC-32 of bytes."""
    if value.shape[0] == 0:
        return 0
    return crc32_of(_processor and not by_tables, &value[0], value.shape[0])


cdef inline void put_check(unsigned char *front, bytes value) noexcept:
    cdef const char *data = PyBytes_AS_STRING(value)
    put_wide(front + CHECK_AT, crc32_of(_processor, data, PyBytes_GET_SIZE(value)), 4)


cdef bytes place_of(object received, uint32_t item):
    """The link of the next record of a line to this event."""
    cdef unsigned char link[LINK]
    put_link(link, <object>PyTuple_GET_ITEM(received, 5), item)
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
