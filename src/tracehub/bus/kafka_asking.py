"""What a member asks and is told, in few steps: the client takes one for each field and partition.

A member of hundreds of partitions asks for all of them each time, and most have nothing new. Those
are left out of an answer: the client does nothing about them but work. Must not know what records
are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, Final, TypeAlias

from aiokafka.protocol.commit import OffsetCommitRequest_v3, OffsetCommitResponse_v3
from aiokafka.protocol.fetch import FetchRequest_v11, FetchResponse_v11
from aiokafka.protocol.offset import OffsetRequest_v3, OffsetResponse_v3
from aiokafka.protocol.types import Schema

_COUNT: Final = struct.Struct(">i")
_LENGTH: Final = struct.Struct(">h")
_TOLD: Final = struct.Struct(">ihqqqi")
"""Partition, code, high-water mark, stable offset, first offset, how many aborted transactions."""
_ABORTED: Final = struct.Struct(">qq")
_REST: Final = struct.Struct(">ii")
"""Where else to read, and how many bytes of batches."""
_DONE: Final = struct.Struct(">iqh")
"""Partition, offset, and how long what is written beside it is."""
_TOPICS: Final = "topics"
Partitions: TypeAlias = list[tuple[Any, ...]]


class Done:
    """The topics of a commit, as the client's type for them."""

    @staticmethod
    def encode(topics: Sequence[tuple[str, Sequence[tuple[int, int, str]]]]) -> bytes:
        """As the client asks it."""
        pieces = [_COUNT.pack(len(topics))]
        for topic, partitions in topics:
            name = topic.encode()
            pieces += [_LENGTH.pack(len(name)), name, _COUNT.pack(len(partitions))]
            for partition, offset, beside in partitions:
                said = beside.encode()
                pieces += [_DONE.pack(partition, offset, len(said)), said]
        return b"".join(pieces)


class Even:
    """Topics whose partitions take so many bytes each, as the client's type for them."""

    def __init__(self, form: str) -> None:
        self._form = struct.Struct(form)

    def encode(self, topics: Sequence[tuple[str, Sequence[Sequence[int]]]]) -> bytes:
        """As the client asks it."""
        pieces, pack = [_COUNT.pack(len(topics))], self._form.pack
        for topic, partitions in topics:
            name = topic.encode()
            pieces += [_LENGTH.pack(len(name)), name, _COUNT.pack(len(partitions))]
            pieces += [pack(*each) for each in partitions]
        return b"".join(pieces)

    def decode(self, data: BytesIO) -> list[tuple[str, Partitions]]:
        """As the client asks it.

        Raises:
            struct.error, ValueError: the answer ends too soon.
        """
        return _topics(data, self._partitions)

    def _partitions(self, whole: memoryview, at: int, count: int) -> tuple[Partitions, int]:
        end = at + count * self._form.size
        if not at <= end <= len(whole):
            raise _short(whole, end)
        return [*self._form.iter_unpack(whole[at:end])], end


ASKED: Final = Even(">iiqqi")
"""Of a fetch: partition, epoch of its leader, offset, first offset, most bytes."""
TAKEN: Final = Even(">ih")
"""Of a commit: partition, code."""
SOUGHT: Final = Even(">iq")
"""Of offsets: partition, which."""
FOUND: Final = Even(">ihqq")
"""Of offsets: partition, code, time, offset."""


class Told:
    """The topics of an answer, as the client's type for them: what has batches, or a code."""

    @staticmethod
    def decode(data: BytesIO) -> list[tuple[str, Partitions]]:
        """As the client asks it.

        Raises:
            struct.error, ValueError: the answer ends too soon.
        """
        return _topics(data, _told)


def _told(whole: memoryview, at: int, count: int) -> tuple[Partitions | None, int]:
    found: Partitions = []
    for _ in range(count):
        *said, aborted = _TOLD.unpack_from(whole, at)
        at += _TOLD.size
        end = at + max(aborted, 0) * _ABORTED.size
        replica, size = _REST.unpack_from(whole, end)
        if size > 0 or said[1]:
            transactions = [*_ABORTED.iter_unpack(whole[at:end])]
            at = end + _REST.size
            batches = bytes(whole[at : at + max(size, 0)])
            found.append((*said, transactions, replica, batches))
        else:
            at = end + _REST.size
        at += max(size, 0)
    return found or None, at


def _topics(
    data: BytesIO, read: Callable[[memoryview, int, int], tuple[Partitions | None, int]]
) -> list[tuple[str, Partitions]]:
    """Topics of an answer; `read` takes so many partitions from there on, None to leave them out.

    Raises:
        struct.error, ValueError: the answer ends too soon.
    """
    whole, at = data.getbuffer(), data.tell()
    topics = []
    (count,) = _COUNT.unpack_from(whole, at)
    at += _COUNT.size
    for _ in range(count):
        (size,) = _LENGTH.unpack_from(whole, at)
        at += _LENGTH.size
        name = whole[at : at + size]
        (partitions,) = _COUNT.unpack_from(whole, at + size)
        found, at = read(whole, at + size + _COUNT.size, partitions)
        if found is not None:
            topics.append((str(name, "utf-8"), found))
    if at > len(whole):
        raise _short(whole, at)
    data.seek(at)
    return topics


def _short(whole: memoryview, end: int) -> ValueError:
    return ValueError(f"an answer of {len(whole)} bytes that says it has {end}")


def hasten_asking() -> None:
    """Make every consumer of this process ask and understand so."""
    for form, topics in (
        (FetchRequest_v11, ASKED),
        (FetchResponse_v11, Told()),
        (OffsetCommitRequest_v3, Done()),
        (OffsetCommitResponse_v3, TAKEN),
        (OffsetRequest_v3, SOUGHT),
        (OffsetResponse_v3, FOUND),
    ):
        schema = form.SCHEMA
        fields = zip(schema.names, schema.fields, strict=True)
        form.SCHEMA = Schema(
            *((name, topics if name == _TOPICS else kind) for name, kind in fields)
        )
