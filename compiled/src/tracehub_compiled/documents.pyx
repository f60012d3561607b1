# cython: language_level=3, boundscheck=False, wraparound=False
"""Compares a JSON text with what a parser made of it, and puts names of events in full.

Must not know what documents mean, nor how a text that may have changed, or a name that was not met
before, is looked at.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_CheckExact, PyDict_Next
from cpython.list cimport PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_CheckExact
from libc.string cimport memchr

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object mapping, object key) except? NULL


def is_faithful(value, document, Py_ssize_t deepest, Py_ssize_t longest):
    """True when the document that a valid text was read as surely says all that the text says.

    Nested at most `deepest` deep, no key twice, every number shorter than `longest` signs and
    without an exponent. False says nothing.
    """
    cdef Py_ssize_t strings
    if not PyBytes_CheckExact(value):
        return False
    strings = scanned(value, deepest, longest)
    return strings >= 0 and strings == counted(document)


def resolved(event, dict names not None, tables not None):
    """An event with its foreign names in full; None when another must look at it.

    That is when a foreign name is not among `names`, or its value holds others. `tables` are the fields
    in which no name can stand, those that hold objects with the standard names in them, and what no
    name may mean.
    """
    cdef Py_ssize_t at = 0
    cdef PyObject *key
    cdef PyObject *value
    cdef PyObject *known
    cdef dict found = {}
    cdef frozenset simple
    cdef dict nested
    if not PyDict_CheckExact(event):
        return None
    simple, nested, refused = tables
    while PyDict_Next(event, &at, &key, &value):
        if <object>key in simple:
            found[<object>key] = <object>value
            continue
        known = PyDict_GetItemWithError(nested, <object>key)
        if known == NULL:
            if not put_foreign(found, <object>key, <object>value, names, refused):
                return None
            continue
        inner = entries(<object>value, <frozenset><object>known, names, refused)
        if inner is None:
            return None
        found[<object>key] = inner
    return found


cdef object entries(object value, frozenset known, dict names, object refused):
    """An object, or a list of objects; None when another must look at it."""
    cdef Py_ssize_t at
    cdef list found
    if not PyList_CheckExact(value):
        return entry(value, known, names, refused)
    found = []
    for at in range(PyList_GET_SIZE(value)):
        inner = entry(<object>PyList_GET_ITEM(value, at), known, names, refused)
        if inner is None:
            return None
        found.append(inner)
    return found


cdef dict entry(object value, frozenset known, dict names, object refused):
    cdef Py_ssize_t at = 0
    cdef PyObject *key
    cdef PyObject *each
    cdef dict found = {}
    if not PyDict_CheckExact(value):
        return None
    while PyDict_Next(value, &at, &key, &each):
        if <object>key in known:
            found[<object>key] = <object>each
        elif not put_foreign(found, <object>key, <object>each, names, refused):
            return None
    return found


cdef bint put_foreign(dict found, object key, object value, dict names, object refused) except -1:
    cdef PyObject *name = PyDict_GetItemWithError(names, key)
    if name == NULL or <object>name is None:
        return False
    if PyDict_CheckExact(value) or PyList_CheckExact(value):
        return False
    if <object>name in found or <object>name == refused or (<str>key).startswith("@"):
        return False
    found[<object>name] = value
    return True


cdef Py_ssize_t scanned(bytes value, Py_ssize_t deepest, Py_ssize_t longest):
    """How many strings a valid text has; less than none when it is too deep or has odd numbers."""
    cdef const char *at = PyBytes_AS_STRING(value)
    cdef const char *end = at + PyBytes_GET_SIZE(value)
    cdef const char *begun
    cdef bint escaped = memchr(at, c"\\", end - at) != NULL
    cdef Py_ssize_t strings = 0, depth = 0
    while at < end:
        if at[0] == c'"':
            strings += 1
            at += 1
            if escaped:
                while at < end and at[0] != c'"':
                    at += 2 if at[0] == c"\\" else 1
            else:
                at = <const char *>memchr(at, c'"', end - at)
                if at == NULL:
                    return -1
        elif at[0] == c"{" or at[0] == c"[":
            depth += 1
            if depth > deepest:
                return -1
        elif at[0] == c"}" or at[0] == c"]":
            depth -= 1
        elif c"0" <= at[0] <= c"9" or at[0] == c"-":
            begun = at
            while at < end and (c"0" <= at[0] <= c"9" or at[0] == c"-" or at[0] == c"."):
                at += 1
            if at - begun >= longest or (at < end and (at[0] == c"e" or at[0] == c"E")):
                return -1
            continue
        at += 1
    return strings


cdef Py_ssize_t counted(object node):
    """How many strings a document has, its keys too."""
    cdef Py_ssize_t at = 0, strings = 0
    cdef PyObject *key
    cdef PyObject *each
    if PyUnicode_CheckExact(node):
        return 1
    if PyDict_CheckExact(node):
        while PyDict_Next(node, &at, &key, &each):
            strings += 1 + counted(<object>each)
    elif PyList_CheckExact(node):
        for at in range(PyList_GET_SIZE(node)):
            strings += counted(<object>PyList_GET_ITEM(node, at))
    return strings
