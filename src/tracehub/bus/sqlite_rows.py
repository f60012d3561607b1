"""Records packed into one blob: the embedded log stores batches as rows.

Layout of a record: offset within the batch, lengths of key and value, number of headers; then the
key, the value, and each header with its lengths. Must not know SQL.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from tracehub.model.record import Headers, Received, Row

_RECORD: Final = struct.Struct(">IIIH")
_HEADER: Final = struct.Struct(">HI")


def pack(rows: Iterable[tuple[int, Row]]) -> bytes:
    """Pack `(offset within the batch, row)` pairs."""
    parts: list[bytes] = []
    for delta, (key, value, headers) in rows:
        parts += (_RECORD.pack(delta, len(key), len(value), len(headers)), key, value)
        for name, content in headers:
            encoded = name.encode()
            parts += (_HEADER.pack(len(encoded), len(content)), encoded, content)
    return b"".join(parts)


def unpack(
    blob: bytes, topic: str, partition: int, base: int, appended_at: int
) -> Iterator[Received]:
    """The records of one row, in order."""
    at, end = 0, len(blob)
    while at < end:
        delta, key_size, value_size, count = _RECORD.unpack_from(blob, at)
        at += _RECORD.size
        key = blob[at : at + key_size]
        at += key_size
        value = blob[at : at + value_size]
        at += value_size
        headers: Headers = ()
        if count:
            found = []
            for _ in range(count):
                name_size, content_size = _HEADER.unpack_from(blob, at)
                at += _HEADER.size
                middle = at + name_size
                found.append((blob[at:middle].decode(), blob[middle : middle + content_size]))
                at = middle + content_size
            headers = tuple(found)
        yield Received(topic, key, value, headers, partition, base + delta, appended_at)
