# The outputs of events that another hub has checked: what is the same for each, without its decisions.

cdef extern from "stdio.h":
    int snprintf(char *to, size_t size, const char *form, ...)

cdef enum:
    FRONT = 60
    LINK = 12
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
        codecs: the codec of each event schema, by the frame before the event.
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
    cdef bint by_parties

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
        if len(start) != 2 or not 0 <= partition <= 0xFFFF:
            raise ValueError("facts have other bytes")
        if not all(isinstance(each, EventCodec) for each in codecs.values()):
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
        cdef PyObject *found
        cdef EventCodec codec
        if not PyTuple_Check(received) or PyTuple_GET_SIZE(received) != RECEIVED:
            return None
        value = <object>PyTuple_GET_ITEM(received, 2)
        if <object>PyTuple_GET_ITEM(received, 7) is not None or not PyBytes_CheckExact(value):
            return None
        codec = self.codecs.get(value[:self.frame])
        if codec is None:
            return None
        try:
            codec.start(value, &c)
            codec.route(&c, claims, &r)
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
        if plan.cuts:
            return None
        found = PyDict_GetItemWithError(lines, plan)
        self.write(received, value, opened(plan) if found == NULL else <object>found, &r)
        return plan

    cdef int write(self, object received, bytes value, tuple to, Route *r) except -1:
        cdef unsigned char front[FRONT]
        cdef unsigned char link[LINK]
        cdef int64_t offset = <object>PyTuple_GET_ITEM(received, 5)
        cdef Py_ssize_t at
        self.put_front(front, received, value, r)
        put_link(link, offset)
        place = PyBytes_FromStringAndSize(<const char *>link, LINK)
        key = PyBytes_FromStringAndSize(r.key, r.key_size)
        for at in range(PyTuple_GET_SIZE(to)):
            line = <object>PyTuple_GET_ITEM(to, at)
            facts = self.facts(front, line.before)
            (<list?>line.rows).append((key, value, ((self.header, facts),)))
            line.before = place
        return 0

    cdef int put_front(self, unsigned char *to, received, bytes value, Route *r) except -1:
        cdef int64_t at = <object>PyTuple_GET_ITEM(received, 6)
        cdef int64_t offset = <object>PyTuple_GET_ITEM(received, 5)
        cdef uint64_t check = self.check(value)
        effect = self.effect(r)
        memcpy(to, PyBytes_AS_STRING(self.start), 2)
        memcpy(to + 2, PyBytes_AS_STRING(effect), DIGEST)
        put_wide(to + 34, check, 4)
        put_wide(to + 38, <uint64_t>at, 8)
        put_wide(to + 46, <uint64_t>offset, 8)
        put_wide(to + 54, self.partition, 2)
        put_wide(to + 56, 0, 4)
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

    cdef bytes facts(self, const unsigned char *front, object before):
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self.back)
        if not PyBytes_CheckExact(before) or PyBytes_GET_SIZE(before) != LINK:
            raise TypeError("a link has twelve bytes")
        cdef bytes made = PyBytes_FromStringAndSize(NULL, FRONT + LINK + size)
        cdef char *to = PyBytes_AS_STRING(made)
        memcpy(to, front, FRONT)
        memcpy(to + FRONT, PyBytes_AS_STRING(before), LINK)
        memcpy(to + FRONT + LINK, PyBytes_AS_STRING(self.back), size)
        return made
