"""Bus and Subscription: the one door to the log. Two implementations pass one contract.

The contract (`tracehub.testing.BusContract`) allows: a repeat after a lost acknowledgement, a
partition that moves in the middle of processing, a commit that is refused because it did. It
forbids: reordering inside a partition, a missing acknowledged record, a jump over unread records,
a commit accepted from an assignment known to be old.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from tracehub.model.record import Placed, Position, Received, Record


class TopicSpec(NamedTuple):
    """What a topic must be. `compacted` topics keep the last record of each key."""

    name: str
    partitions: int
    compacted: bool = False


class Subscription(Protocol):
    """A group member's view of its partitions."""

    def __aiter__(self) -> AsyncIterator[Sequence[Received]]:
        """Batches in order; all records of a batch lie in one partition.

        A batch is never empty. The iterator ends when `stop()` was called.

        Raises:
            ConfigError: the committed offset is outside the log; an operator must decide.
        """
        ...

    async def commit(self, done: Sequence[Received]) -> None:
        """Everything up to the last record of `done`, per partition, is finished.

        Durable when it returns. With nothing `done` nothing happens.

        Raises:
            FencedError: a partition belongs to another member now; nothing was committed.
        """
        ...

    def finished(self, last: Received) -> None:
        """Nothing that was handed out of this partition up to `last` is under way any more.

        It is committed, or waits. Until then a partition that moves is given up late.
        """
        ...

    async def rewind(self, batch: Sequence[Received]) -> None:
        """Read this partition again from the first record of `batch`."""
        ...

    def epoch(self, topic: str, partition: int) -> int:
        """Number of the assignment by which this member owns a partition; -1 when it does not.

        A partition that was away and came back has another number.
        """
        ...

    def hold(self, topic: str, partition: int) -> None:
        """Hand out nothing more of a partition, until `release()` or until it moves."""
        ...

    def release(self, topic: str, partition: int) -> None:
        """Hand out its records again."""
        ...

    def stop(self) -> None:
        """Hand out no further batch; the loop over this subscription ends."""
        ...

    def assigned(self) -> Mapping[str, tuple[int, ...]]:
        """Partitions by topic that this member owns now."""
        ...

    def known(self) -> Mapping[tuple[str, int], int]:
        """Up to which offset an owned partition is known to reach, by topic and partition.

        All before it can be read by anyone when this is called; more may lie behind it. Partitions
        of which nothing was handed out may be missing.
        """
        ...

    async def lag(self) -> Mapping[str, int]:
        """Records between the committed offset and the end, by topic, of owned partitions."""
        ...


class Bus(Protocol):
    """A partitioned, durable log with consumer groups."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Append every record; return when all are durable.

        Records for one partition keep their order. On an error some may be durable and others
        not: the caller reads its input again and publishes all of them once more.

        Raises:
            RetryError: the log did not acknowledge in time.
            RejectError: `bus/too-large`, before anything was sent.
        """
        ...

    async def publish_placed(self, placed: Placed) -> None:
        """As `publish()`, of rows whose places are known.

        Raises:
            ConfigError: a topic has no such partition.
        """
        ...

    async def append(self, records: Sequence[Record]) -> Sequence[Position]:
        """As `publish()`; says where each record lies, in their order."""
        ...

    def subscribe(
        self, topics: Sequence[str], *, group: str
    ) -> AbstractAsyncContextManager[Subscription]:
        """Join a group. A group's first start begins at the beginning of every topic."""
        ...

    async def ensure(self, topics: Sequence[TopicSpec]) -> None:
        """Create what is missing.

        Raises:
            ConfigError: a topic exists with another partition count.
        """
        ...

    async def ends(self, topic: str) -> tuple[int, ...]:
        """The next offset of each partition.

        Raises:
            ConfigError: there is no such topic.
        """
        ...

    async def ends_of(self, topics: Collection[str]) -> Mapping[str, tuple[int, ...]]:
        """As `ends()`, of several topics by one question."""
        ...

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Received]:
        """Up to `limit` records from `offset` on, outside any group; fewer at the end."""
        ...
