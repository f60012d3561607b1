# cython: language_level=3, boundscheck=False, wraparound=False
"""Compares a JSON text with what a parser made of it.

Must not know what documents mean, nor how a text that may have changed is looked at.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_CheckExact, PyDict_Next
from cpython.list cimport PyList_CheckExact, PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_CheckExact
from libc.string cimport memchr


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
