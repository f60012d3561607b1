# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Reads and writes batches of records, in the form in which Kafka keeps them (magic 2).

A batch that is damaged or written in an unusual way raises; the caller asks its reference then.
Every read is bounded by the bytes that are there. Must not know who sends or asks.
"""

from cpython.bytearray cimport (
    PyByteArray_AS_STRING,
    PyByteArray_FromStringAndSize,
    PyByteArray_GET_SIZE,
    PyByteArray_Resize,
)
from cpython.bytes cimport (
    PyBytes_AS_STRING,
    PyBytes_CheckExact,
    PyBytes_FromStringAndSize,
    PyBytes_GET_SIZE,
)
from cpython.object cimport PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport (
    PyTuple_Check,
    PyTuple_CheckExact,
    PyTuple_GET_ITEM,
    PyTuple_GET_SIZE,
    PyTuple_New,
    PyTuple_SET_ITEM,
)
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *kind, Py_ssize_t items)
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL

cdef extern from "crc32c.h":
    void crc32c_prepare()
    int crc32c_has_processor()
    uint32_t crc32c(int processor, const void *data, size_t size)

cdef enum:
    LENGTH_AT = 8
    EPOCH_AT = 12
    MAGIC_AT = 16
    CRC_AT = 17
    ATTRIBUTES_AT = 21
    LAST_DELTA_AT = 23
    FIRST_TIME_AT = 27
    MAX_TIME_AT = 35
    PRODUCER_AT = 43
    PRODUCER_EPOCH_AT = 51
    SEQUENCE_AT = 53
    COUNT_AT = 57
    HEAD = 61
    MAGIC = 2
    PACKED = 0x07
    APPEND_TIME = 0x08

cdef int64_t FAR = <int64_t>1 << 61  # two times of this size can be added

crc32c_prepare()
cdef int _processor = crc32c_has_processor()


cdef int odd() except -1:
    raise ValueError("not of the usual form")


cdef inline uint64_t wide(const unsigned char *data, int size) noexcept:
    """An unsigned number of `size` bytes, the highest first."""
    cdef uint64_t value = 0
    cdef int at
    for at in range(size):
        value = value << 8 | data[at]
    return value


cdef inline void put_wide(unsigned char *data, uint64_t value, int size) noexcept:
    cdef int at
    for at in range(size):
        data[size - 1 - at] = <unsigned char>(value & 0xFF)
        value >>= 8


def checksum(const unsigned char[::1] data not None, *, by_tables=False):
    """The CRC-32C of bytes."""
    cdef int processor = _processor and not by_tables
    if data.shape[0] == 0:
        return 0
    return crc32c(processor, &data[0], data.shape[0])


include "batch_reading.pxi"
include "batch_writing.pxi"
