# cython: language_level=3, boundscheck=False, wraparound=False
"""Fills plain events from the records of JSON documents, by the rows of a field table.

Whatever is absent against the table, of another shape, or can't be converted gives up on the whole
record: the hub's own rows name it then. Must not know what fields and conversions mean.
"""

from cpython.dict cimport PyDict_CheckExact, PyDict_SetItem
from cpython.list cimport PyList_Append, PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_SET_ITEM
from cpython.unicode cimport PyUnicode_CheckExact, PyUnicode_Join

cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *kind, Py_ssize_t items)
    object PyUnicode_FromFormat(const char *form, ...)
    PyObject *PyDict_GetItemWithError(object mapping, object key) except? NULL
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    Py_UCS4 PyUnicode_READ_CHAR(object text, Py_ssize_t at)
    bint PyUnicode_IS_ASCII(object text)
    const unsigned char *PyUnicode_1BYTE_DATA(object text)
    bint Py_UNICODE_ISSPACE(Py_UCS4 sign)

cdef enum Kind:
    CONSTANT
    EACH
    OBJECT
    SINGLE

cdef enum Root:
    SOURCE
    DOCUMENT
    CATEGORY
    LISTED

cdef enum Word:
    CALL
    TEXT
    STRIP
    UPPER
    LOWER
    PERCENT
    GUID
    CODE
    ENUM

_KINDS = {"constant": CONSTANT, "each": EACH, "object": OBJECT, "single": SINGLE}
_ROOTS = {"": SOURCE, "$": DOCUMENT, "$category": CATEGORY, "$records": LISTED}
_WORDS = {
    "call": CALL,
    "text": TEXT,
    "strip": STRIP,
    "upper": UPPER,
    "lower": LOWER,
    "percent": PERCENT,
    "guid": GUID,
    "code": CODE,
    "enum": ENUM,
}
_GIVEN_UP = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)

cdef struct Given:
    PyObject *document
    PyObject *category
    PyObject *listed


cdef int odd() except -1:
    raise ValueError("not of the usual form")


include "named.pxi"
include "rows_values.pxi"


cdef class Row:
    """One row, `(kind, to, append, when, places, texts, changes, unit, constant, default,
    required, rows)`; the words are those of the hub's own rows. `unit` is a place and what applies
    it; the rows of a list are one, for its elements.
    """

    cdef int kind
    cdef bint append, required
    cdef tuple above, places, texts, changes, rows
    cdef object last, constant, default, measured
    cdef Place when, unit

    def __init__(self, tuple row):
        kind, to, self.append, when, places, texts, changes, unit, *rest = row
        self.constant, self.default, self.required, rows = rest
        self.kind = _KINDS[kind]
        *above, self.last = to
        self.above = tuple(above)
        self.when = None if when is None else Place(when)
        self.places = tuple(Place(each) for each in places)
        self.texts = tuple(Text(each) for each in texts)
        self.changes = tuple(Change(*each) for each in changes)
        if unit is not None:
            self.unit, self.measured = Place(unit[0]), unit[1]
        self.rows = tuple(Row(each) for each in rows)


cdef int put(Row row, dict target, object value) except -1:
    """Fill a row's place, making the objects on the way."""
    cdef Py_ssize_t at
    cdef PyObject *found
    for at in range(PyTuple_GET_SIZE(row.above)):
        name = <object>PyTuple_GET_ITEM(row.above, at)
        found = PyDict_GetItemWithError(target, name)
        if found == NULL:
            inner = {}
            PyDict_SetItem(target, name, inner)
        else:
            inner = <object>found
            if not PyDict_CheckExact(inner):
                return odd()
        target = <dict>inner
    if not row.append:
        return PyDict_SetItem(target, row.last, value)
    found = PyDict_GetItemWithError(target, row.last)
    if found == NULL:
        return PyDict_SetItem(target, row.last, [value])
    if not PyList_CheckExact(<object>found):
        return odd()
    return PyList_Append(<object>found, value)


cdef bint run(tuple rows, object source, dict target, Given *given) except -1:
    """Every row; true when the source, and not only a constant, gave something."""
    cdef Py_ssize_t at
    cdef Row row
    cdef bint got = False
    for at in range(PyTuple_GET_SIZE(rows)):
        row = <Row>PyTuple_GET_ITEM(rows, at)
        if row.when is not None and look_up(row.when, source, given) is None:
            continue
        if row.kind == CONSTANT:
            put(row, target, row.constant)
        elif row.kind == EACH:
            got |= many(row, source, target, given)
        elif row.kind == OBJECT and not row.places:
            got |= whole(row, source, target, given)
        elif row.texts:
            got |= single(row, joined(row.texts, source, given), source, target, given)
        else:
            value = first(row.places, source, given)
            if row.kind == OBJECT:
                got |= whole(row, value, target, given)
            else:
                got |= single(row, value, source, target, given)
    return got


cdef bint many(Row row, object source, dict target, Given *given) except -1:
    """Every element of a list."""
    cdef Py_ssize_t at
    cdef bint got = False
    cdef Row one = <Row>PyTuple_GET_ITEM(row.rows, 0)
    elements = first(row.places, source, given)
    if elements is None:
        return odd() if row.required else False
    if not PyList_CheckExact(elements):
        return odd()
    for at in range(PyList_GET_SIZE(elements)):
        item = present(<object>PyList_GET_ITEM(elements, at))
        if one.kind == OBJECT:
            got |= whole(one, item, target, given)
        else:
            got |= single(one, item, item, target, given)
    return got


cdef bint whole(Row row, object source, dict target, Given *given) except -1:
    """An object of a row's own rows; not of constants alone."""
    if source is None:
        return odd() if row.required else False
    if not PyDict_CheckExact(source):
        return odd()
    cdef dict made = {}
    if not run(row.rows, source, made, given):
        return False
    put(row, target, made)
    return True


cdef bint single(Row row, object value, object source, dict target, Given *given) except -1:
    """One value: convert, put."""
    if value is not None:
        value = changed(row.changes, value)
        if row.unit is not None:
            word = look_up(row.unit, source, given)
            if word is not None:
                value = row.measured(value, word)
    if value is None:
        if row.default is not None:
            put(row, target, row.default)
        elif row.required:
            return odd()
        return False
    if PyDict_CheckExact(value) or PyList_CheckExact(value):
        return odd()
    put(row, target, value)
    return True


cdef class Rows:
    """The rows of one field table.

    Args:
        rows: each as `Row` takes it.
        kept: how the keys of fields begin that stay though no row names them; empty for none.
        named: the fields of a record that rows name.
        found: the named tuple of what is found: path, event, `changes` and no faults.
        changes: what is said of every event.
    """

    cdef tuple rows, changes
    cdef str kept
    cdef frozenset named
    cdef object found

    def __init__(self, tuple rows, str kept, frozenset named, found, tuple changes not None):
        self.rows = tuple(Row(each) for each in rows)
        self.kept, self.named, self.found, self.changes = kept, named, found, changes

    def read(self, list records not None, document, str category not None, str listed, where):
        """What is found in the records of a list; None for each that the hub's own rows must see.

        `where` is the list's path; None when its one record is the document.
        """
        cdef Given given
        cdef Py_ssize_t at
        cdef list read = []
        given.document, given.category = <PyObject *>document, <PyObject *>category
        given.listed = <PyObject *>listed
        for at in range(PyList_GET_SIZE(records)):
            event = self.event(<object>PyList_GET_ITEM(records, at), &given)
            if event is not None:
                path = "$" if where is None else PyUnicode_FromFormat("%S[%zd]", <PyObject *>where, at)
                event = named(self.found, (path, event, self.changes, ()))
            PyList_Append(read, event)
        return read

    cdef dict event(self, object record, Given *given):
        """A record as a plain event, or None."""
        cdef dict event = {}
        if not PyDict_CheckExact(record):
            return None
        try:
            run(self.rows, record, event, given)
            if self.kept:
                self.keep(<dict>record, event)
        except _GIVEN_UP:
            return None
        return event

    cdef int keep(self, dict record, dict event) except -1:
        """Keep the fields that no row names, as extensions."""
        for key, value in record.items():
            if key not in self.named:
                if "{" in <str>key or "}" in <str>key:
                    return odd()
                event[self.kept + <str>key] = value
        return 0
