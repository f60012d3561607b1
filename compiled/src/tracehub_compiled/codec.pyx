# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Reads and writes events by tables that are made from the shapes of a schema.

What is written in an unusual way, or damaged, raises; the caller asks its reference then. Every
read is bounded by the bytes that are there. Must not know schemas, frames or reject codes.
"""

from cpython.bytes cimport (
    PyBytes_AS_STRING,
    PyBytes_CheckExact,
    PyBytes_FromStringAndSize,
    PyBytes_GET_SIZE,
)
from cpython.dict cimport PyDict_CheckExact, PyDict_Copy, PyDict_SetItem
from cpython.list cimport PyList_CheckExact, PyList_GET_ITEM
from cpython.long cimport PyLong_CheckExact
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_Check, PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_SET_ITEM
from cpython.unicode cimport PyUnicode_CheckExact, PyUnicode_DecodeUTF8
from libc.math cimport floor
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *kind, Py_ssize_t items)
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    PyObject *PyDict_GetItemWithError(object mapping, object key) except? NULL
    bint PyDict_Next(object mapping, Py_ssize_t *at, PyObject **key, PyObject **value)
    double PyFloat_Unpack4(const char *data, int little) except? -1
    double PyFloat_Unpack8(const char *data, int little) except? -1
    int PyFloat_Pack4(double number, char *data, int little) except -1
    int PyFloat_Pack8(double number, char *data, int little) except -1
    int PyFloat_CheckExact(object number)

cdef enum:
    LITTLE = 1
    SECTIONS = 4

cdef enum Kind:
    NOTHING
    BOOLEAN
    INT
    LONG
    FLOAT
    DOUBLE
    BYTES
    STRING
    FIXED
    ENUM
    ARRAY
    MAP
    UNION
    RECORD
    NAMED
    SERIES
    PLAIN
    ELEMENTS

_KINDS = {
    "null": NOTHING,
    "boolean": BOOLEAN,
    "int": INT,
    "long": LONG,
    "float": FLOAT,
    "double": DOUBLE,
    "bytes": BYTES,
    "string": STRING,
    "fixed": FIXED,
    "enum": ENUM,
    "array": ARRAY,
    "map": MAP,
    "union": UNION,
    "record": RECORD,
    "named": NAMED,
    "series": SERIES,
    "plain": PLAIN,
    "elements": ELEMENTS,
}
_LEAST = {"null": 0, "float": 4, "double": 8}


cdef class Node:
    """One shape: what to read, and by which names.

    Beside those of Avro: `("named", type, ((slot, shape), ...))`, a record read as a named tuple
    (a slot below zero is left out), `("series", item)`, an array read as a tuple, and
    `("marked", (mark, detail), shape)`, one that a look sees to by its mark. What is only written:
    `("plain", ((mode, key, shape), ...), known, dumps, top)`, a record from a dict with other keys,
    and `("elements", dumps)`, a list of extensions from a dict.
    """

    cdef int kind, mark, detail
    cdef bint top
    cdef frozenset known
    cdef Py_ssize_t count, least, size
    cdef tuple kids, words, slots
    cdef dict index, empty
    cdef object type

    def __init__(self, tuple shape):
        if shape[0] == "marked":
            self.mark, self.detail, shape = _MARKS[shape[1][0]], shape[1][1], shape[2]
        kind = shape[0]
        self.kind = _KINDS[kind]
        self.kids = self.words = self.slots = ()
        self.least = _LEAST.get(kind, 1)
        if kind == "fixed":
            self.count = self.least = shape[1]
        elif kind == "enum":
            self.words = shape[1]
            self.index = shape[2] if len(shape) > 2 else {
                word: at for at, word in enumerate(self.words)
            }
        elif kind == "union":
            self.kids = tuple(Node(each) for each in shape[1])
        elif kind in ("array", "series", "map"):
            self.kids = (Node(shape[1]),)
        elif kind == "record":
            self.words = tuple(name for name, _ in shape[1])
            self.kids = tuple(Node(each) for _, each in shape[1])
            self.empty = dict.fromkeys(self.words)
        elif kind == "plain":
            self.slots = tuple(_MODES[mode] for mode, _, _ in shape[1])
            self.words = tuple(key for _, key, _ in shape[1])
            self.kids = tuple(Node(each) for _, _, each in shape[1])
            self.known, self.type, self.top = shape[2:]
        elif kind == "elements":
            self.known, self.type = frozenset(), shape[1]
        elif kind == "named":
            self.type, self.size = shape[1], len(shape[1]._fields)
            self.slots = tuple(slot for slot, _ in shape[2])
            self.kids = tuple(Node(each) for _, each in shape[2])
            if not set(range(self.size)) <= set(self.slots):
                raise ValueError(f"{self.type.__name__} has fields that the schema lacks")
        if kind in ("record", "named"):
            self.least = sum((<Node>each).least for each in self.kids)
        if kind != "fixed":
            self.count = len(self.words) if kind == "enum" else len(self.kids)


include "named.pxi"
include "reading.pxi"
include "writing.pxi"


cdef enum Part:
    CLAIM
    EVENT_ID
    DECLARED
    OCCURRED
    PARTIES
    PRODUCT

_PARTS = {
    "event_id": EVENT_ID,
    "declared_at": DECLARED,
    "occurred_at": OCCURRED,
    "parties": PARTIES,
    "product": PRODUCT,
}


cdef struct Route:
    const char *event_id
    Py_ssize_t id_size
    int64_t declared_at
    int64_t occurred_at
    const char *scheme
    Py_ssize_t scheme_size
    const char *key
    Py_ssize_t key_size
    const char *parties
    Py_ssize_t parties_size


cdef class EventCodec:
    """The functions of one event schema.

    Args:
        frame: how many bytes stand before the event.
        limit: how many items all lists together may hold.
        head: names and shapes of the fields before the sections, the header first, then digests.
        sections: shapes of the sections, unions of null and a record.
        types: named tuples: event, decoded, encoded, routing.
    """

    cdef Py_ssize_t frame, limit, product_id
    cdef Node header_node
    cdef tuple head, sections, parts
    cdef object event, decoded, encoded, routed

    def __init__(self, frame, limit, tuple head, tuple header_fields, tuple sections, tuple types):
        self.frame, self.limit = frame, limit
        self.head = tuple(Node(each) for each in head)
        self.header_node = self.head[0]
        self.sections = tuple(Node(each) for each in sections)
        if len(self.sections) != SECTIONS:
            raise ValueError("an event has other sections")
        self.parts = tuple(_PARTS.get(name, CLAIM) for name, _ in header_fields)
        fields = dict(header_fields)
        product = fields["product"]
        usual = ("string",), ("long",), ("long",)
        own = tuple(fields[each] for each in ("event_id", "declared_at", "occurred_at"))
        if own != usual or "parties" not in fields or len(product[2]) != 2:
            raise ValueError("the header has another event_id, time, product or parties")
        self.product_id = [slot for slot, _ in product[2]].index(1)
        self.event, self.decoded, self.encoded, self.routed = types

    cdef int start(self, object value, Cursor *c) except -1:
        if not PyBytes_CheckExact(value):
            return odd()
        c.data = <const unsigned char *>PyBytes_AS_STRING(value)
        c.at = self.frame
        c.end = PyBytes_GET_SIZE(value)
        c.items = self.limit
        return 0

    cdef int skip_rest(self, Cursor *c) except -1:
        """Go past the fields between header and sections."""
        cdef Py_ssize_t at
        for at in range(1, PyTuple_GET_SIZE(self.head)):
            skip(<Node>PyTuple_GET_ITEM(self.head, at), c)
        return 0

    def header(self, value):
        """The header alone."""
        cdef Cursor c
        self.start(value, &c)
        made = read(self.header_node, &c)
        self.skip_rest(&c)
        return made

    def routing(self, value):
        """An event's own fields, and the bytes of all others."""
        cdef Cursor c
        cdef Buffer claims
        cdef Route r
        self.start(value, &c)
        begin(&claims)
        try:
            self.route(&c, &claims, &r)
            event_id = PyUnicode_DecodeUTF8(r.event_id, r.id_size, NULL)
            key = PyBytes_FromStringAndSize(r.key, r.key_size) or self.header(value).key
            joined = PyBytes_FromStringAndSize(claims.data, claims.used)
            parties = PyBytes_FromStringAndSize(r.parties, r.parties_size)
            return named(self.routed, (event_id, r.declared_at, key, joined, parties))
        finally:
            end(&claims)

    cdef int route(self, Cursor *c, Buffer *claims, Route *r) except -1:
        """Find an event's own fields, and join the bytes of all others."""
        self.claim(c, claims, r)
        return self.skip_rest(c)

    cdef int claim(self, Cursor *c, Buffer *claims, Route *r) except -1:
        """As `route()`, up to the end of the header."""
        cdef Py_ssize_t at, start, part
        cdef uint64_t n
        cdef Node kid
        cdef tuple kids = self.header_node.kids
        put(claims, <const char *>c.data, self.frame)
        for at in range(self.header_node.count):
            kid = <Node>PyTuple_GET_ITEM(kids, at)
            part = <object>PyTuple_GET_ITEM(self.parts, at)
            start = c.at
            if part == EVENT_ID:
                r.event_id = utf8(c, &r.id_size)
            elif part == DECLARED:
                number(c, &n)
                r.declared_at = <int64_t>(n >> 1) ^ -<int64_t>(n & 1)
            elif part == OCCURRED:
                number(c, &n)
                r.occurred_at = <int64_t>(n >> 1) ^ -<int64_t>(n & 1)
            elif part == PRODUCT:
                self.route_product(kid, c, claims, r)
            else:
                skip(kid, c)
                if part == PARTIES:
                    r.parties = <const char *>c.data + start
                    r.parties_size = c.at - start
                    if not is_ascii(c.data + start, c.at - start):
                        c.at = start
                        read(kid, c)
                elif part == CLAIM:
                    put(claims, <const char *>c.data + start, c.at - start)
        return 0

    cdef int route_product(self, Node node, Cursor *c, Buffer *claims, Route *r) except -1:
        cdef Py_ssize_t at, start
        for at in range(node.count):
            start = c.at
            if at == self.product_id:
                r.key = utf8(c, &r.key_size)
            else:
                skip(<Node>PyTuple_GET_ITEM(node.kids, at), c)
                put(claims, <const char *>c.data + start, c.at - start)
                r.scheme = <const char *>c.data + start
                r.scheme_size = c.at - start
        return 0

    def offsets(self, value):
        """Where the sections begin, after a walk over everything."""
        cdef Cursor c
        cdef Py_ssize_t found[SECTIONS]
        self.start(value, &c)
        skip(self.header_node, &c)
        self.skip_rest(&c)
        self.sections_at(&c, found)
        return found[0], found[1], found[2], found[3]

    cdef int sections_at(self, Cursor *c, Py_ssize_t *found) except -1:
        """Where the sections begin, the first of them here, after a walk to the end."""
        cdef Py_ssize_t at
        for at in range(SECTIONS):
            found[at] = c.at
            skip(<Node>PyTuple_GET_ITEM(self.sections, at), c)
        if c.at != c.end:
            return odd()
        return 0

    def decode(self, value):
        """Everything, and where the sections begin."""
        cdef Cursor c
        cdef Py_ssize_t at
        cdef list found = []
        self.start(value, &c)
        cdef list event = [read(self.header_node, &c)]
        digests = read(<Node>PyTuple_GET_ITEM(self.head, 1), &c)
        for at in range(PyTuple_GET_SIZE(self.sections)):
            found.append(c.at)
            event.append(read(<Node>PyTuple_GET_ITEM(self.sections, at), &c))
        if c.at != c.end:
            odd()
        event.append(digests)
        return named(self.decoded, (named(self.event, tuple(event)), tuple(found)))

    def encode(self, event, frame):
        """The event's bytes after the frame, and where the sections begin."""
        cdef Buffer b
        begin(&b)
        try:
            return self._encode(event, frame, &b)
        finally:
            end(&b)

    cdef object _encode(self, object event, bytes frame, Buffer *b):
        cdef Py_ssize_t at
        cdef list found = []
        if not PyTuple_Check(event) or PyTuple_GET_SIZE(event) != len(self.sections) + 2:
            odd()
        put(b, PyBytes_AS_STRING(frame), PyBytes_GET_SIZE(frame))
        write(self.header_node, <object>PyTuple_GET_ITEM(event, 0), b)
        write(
            <Node>PyTuple_GET_ITEM(self.head, 1),
            <object>PyTuple_GET_ITEM(event, PyTuple_GET_SIZE(event) - 1),
            b,
        )
        for at in range(PyTuple_GET_SIZE(self.sections)):
            found.append(b.used)
            write(
                <Node>PyTuple_GET_ITEM(self.sections, at), <object>PyTuple_GET_ITEM(event, at + 1), b
            )
        cdef bytes value = PyBytes_FromStringAndSize(b.data, b.used)
        return named(self.encoded, (value, tuple(found)))


include "plain.pxi"
include "looking_values.pxi"
include "looking.pxi"
include "looking_plain.pxi"
include "forwarding.pxi"
