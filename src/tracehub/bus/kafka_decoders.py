"""What the client unpacks of a compressed batch: never more than 8 MiB.

The client unpacks a batch before we see a byte of it, and 8 KB of zstd may be 512 MiB. So its
decoders are replaced here by ones that stop. Must not know what a batch is.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Final

import aiokafka.record.default_records as plain
import aiokafka.record.legacy_records as plain_legacy
import cramjam
from aiokafka.record._crecords import default_records, legacy_records

MAX_DECODED: Final = 8 * 1024 * 1024
"""Bytes of one batch."""

FAULTS: Final = (cramjam.DecompressionError, zlib.error, struct.error, ValueError)
"""All that decoders raise about bytes that they can't read, or will not."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_BLOCKS: Final = b"\x82SNAPPY\0"
_BLOCKS_HEAD: Final = 16
_BLOCK_HEAD: Final = 4


def gzip(data: bytes) -> bytes:
    """Decode gzip, of one member or several."""
    rest, parts, room = bytes(data), [], MAX_DECODED
    while rest:
        decoder = zlib.decompressobj(_GZIP)
        part = decoder.decompress(rest, room + 1)
        room -= len(part)
        if room < 0:
            raise _too_much()
        if not decoder.eof:
            raise ValueError("the gzip data are cut short")
        parts.append(part)
        rest = decoder.unused_data
    return b"".join(parts)


def snappy(data: bytes) -> bytes:
    """Decode snappy, plain or in the blocks of its Java library."""
    rest = memoryview(bytes(data))
    if not bytes(rest).startswith(_BLOCKS):
        return _snappy_block(rest, MAX_DECODED)
    rest, parts, room = rest[_BLOCKS_HEAD:], [], MAX_DECODED
    while rest:
        (size,) = struct.unpack_from("!i", rest)
        if not 0 < size <= len(rest) - _BLOCK_HEAD:
            raise ValueError("a snappy block has no size or goes beyond the end")
        part = _snappy_block(rest[_BLOCK_HEAD : _BLOCK_HEAD + size], room)
        room -= len(part)
        parts.append(part)
        rest = rest[_BLOCK_HEAD + size :]
    return b"".join(parts)


def lz4(data: bytes) -> bytes:
    """Decode frames of lz4."""
    return _into_room(cramjam.lz4.decompress_into, data)


def zstd(data: bytes) -> bytes:
    """Decode frames of zstd."""
    return _into_room(cramjam.zstd.decompress_into, data)


def _into_room(decode: Callable[[bytes, bytearray], int], data: bytes) -> bytes:
    room = bytearray(MAX_DECODED)
    return bytes(memoryview(room)[: decode(bytes(data), room)])


def _snappy_block(block: memoryview, room: int) -> bytes:
    if cramjam.snappy.decompress_raw_len(block) > room:
        raise _too_much()
    return bytes(cramjam.snappy.decompress_raw(block))


def _too_much() -> ValueError:
    return ValueError(f"it unpacks to more than {MAX_DECODED} bytes")


DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip_decode": gzip,
    "snappy_decode": snappy,
    "lz4_decode": lz4,
    "zstd_decode": zstd,
}
_BY_CODEC: Final = {1: gzip, 2: snappy, 3: lz4, 4: zstd}
READERS: Final = (default_records, legacy_records, plain, plain_legacy)
"""The client's readers of batches, compiled and plain; each holds decoders under these names."""


def unpack(codec: int, data: bytes) -> bytes:
    """Decode by a codec's number in a batch; one of `FAULTS` when it is unknown or can't be."""
    decode = _BY_CODEC.get(codec)
    if decode is None:
        raise ValueError(f"no codec has the number {codec}")
    return decode(data)


def cap() -> None:
    """Put these decoders in the place of the client's."""
    for reader in READERS:
        for name, decode in DECODERS.items():
            if hasattr(reader, name):
                setattr(reader, name, decode)
