# Makes named tuples.

cdef object named(object type, tuple values):
    """A named tuple of these values."""
    cdef object made = PyType_GenericAlloc(<PyTypeObject *>type, PyTuple_GET_SIZE(values))
    cdef Py_ssize_t at
    for at in range(PyTuple_GET_SIZE(values)):
        Py_INCREF(<object>PyTuple_GET_ITEM(values, at))
        PyTuple_SET_ITEM(made, at, <object>PyTuple_GET_ITEM(values, at))
    return made
