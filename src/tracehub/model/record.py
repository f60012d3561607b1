"""Record and Received: bytes on the bus, and where they lay.

Must not know what the bytes mean. Plain tuples, because a frozen dataclass costs several times as
much to make and these are made per record (docs/decisions/0002-tuples-for-hot-words.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tracehub.errors import RejectError

Headers = tuple[tuple[str, bytes], ...]
Row = tuple[bytes, bytes, Headers]
"""Key, value and headers of a record whose place is known: many go to one place at a time."""
Placed = Mapping[tuple[str, int], Sequence[Row]]
"""Rows by the topic and the partition that they go to, each in its order."""


class Position(NamedTuple):
    """Where a record lies on the bus. Fixed when the bus acknowledges it; never changes."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Record(NamedTuple):
    """Bytes to put on the bus. Without a `partition` the key decides (Kafka's murmur2)."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()
    partition: int | None = None


class Received(NamedTuple):
    """A record as read from the bus. A null key or value is read as empty bytes.

    `appended_at` is milliseconds by the log's clock, never ours. `fault` says why the log hands
    it out without its key, value and headers; such a record can only be refused.
    """

    topic: str
    key: bytes
    value: bytes
    headers: Headers
    partition: int
    offset: int
    appended_at: int
    fault: RejectError | None = None

    @property
    def position(self) -> Position:
        """Where it lay."""
        return Position(self.topic, self.partition, self.offset)


def header_value(headers: Headers, name: str) -> bytes | None:
    """The last value under `name`, or None."""
    found = None
    for key, value in headers:
        if key == name:
            found = value
    return found


def records_of(placed: Placed) -> Iterator[Record]:
    """The same rows as records, place by place."""
    for (topic, partition), rows in placed.items():
        for row in rows:
            yield Record(topic, *row, partition)
