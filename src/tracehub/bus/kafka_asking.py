"""What a member asks and is told, in few steps: the client takes one for each field and partition.

A member of hundreds of partitions asks for all of them each time, and most have nothing new. Those
are left out of an answer: the client does nothing about them but work. Must not know what records
are.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

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

    def decode(self, data: BytesIO) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """As the client asks it.

        Raises:
            struct.error, ValueError: the answer ends too soon.
        """
        whole, at = data.getbuffer(), data.tell()
        topics = []
        (count,) = _COUNT.unpack_from(whole, at)
        at += _COUNT.size
        for _ in range(count):
            name, partitions, at = _topic(whole, at)
            end = at + partitions * self._form.size
            if partitions < 0 or end > len(whole):
                raise ValueError(f"an answer of {len(whole)} bytes that says it has {end}")
            topics.append((str(name, "utf-8"), [*self._form.iter_unpack(whole[at:end])]))
            at = end
        data.seek(at)
        return topics


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
    def decode(data: BytesIO) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """As the client asks it.

        Raises:
            struct.error, ValueError: the answer ends too soon.
        """
        whole, at = data.getbuffer(), data.tell()
        topics = []
        (count,) = _COUNT.unpack_from(whole, at)
        at += _COUNT.size
        for _ in range(count):
            name, partitions, at = _topic(whole, at)
            found = []
            for _ in range(partitions):
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
            if found:
                topics.append((str(name, "utf-8"), found))
        if at > len(whole):
            raise ValueError(f"an answer of {len(whole)} bytes that says it has {at}")
        data.seek(at)
        return topics


def _topic(whole: memoryview, at: int) -> tuple[memoryview, int, int]:
    """Name, how many partitions, and where the first of them begins."""
    (size,) = _LENGTH.unpack_from(whole, at)
    at += _LENGTH.size
    (partitions,) = _COUNT.unpack_from(whole, at + size)
    return whole[at : at + size], partitions, at + size + _COUNT.size


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
