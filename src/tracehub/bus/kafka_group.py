"""A member of a consumer group: which partitions are ours, from where, and until when.

The client hands records out before its callback for new partitions has ended, swallows that
callback's exceptions, and commits with the newest generation whatever batch is meant. So callbacks
here only note what moves; a partition is read only after the loop itself has opened it, at the
offset that the group has committed; a commit for an older assignment is refused here. Must not
know what is done with a batch.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from tracehub.bus.kafka_deadline import stopped, told, within
from tracehub.bus.kafka_settings import Deadlines
from tracehub.bus.kafka_topics import KafkaTopics
from tracehub.errors import ConfigError, FencedError, RetryError
from tracehub.model.record import Received

_POLL_S: Final = 0.2
_SETTLING_S: Final = 0.02  # nothing wakes the client when the group has settled
_NOWHERE: Final = TopicPartition("-", 0)
"""Asked for when nothing is open: no partition at all would mean every partition."""


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc]  # the client has no types
    """`Subscription` of one member. An assignment lasts until the group takes anything away."""

    def __init__(
        self,
        consumer: Any,
        topics: KafkaTopics,
        group: str,
        *,
        deadlines: Deadlines,
        max_records: int,
    ) -> None:
        self._consumer = consumer
        self._topics = topics
        self._group = group
        self._max_records = max_records
        self._deadlines = deadlines
        self._stopping = False
        self._moving = True
        self._fenced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._generation = -1
        self._owned: frozenset[TopicPartition] = frozenset()
        self._opened: set[TopicPartition] = set()
        self._waiting: deque[tuple[TopicPartition, Sequence[Received]]] = deque()
        self._held: set[TopicPartition] = set()
        self._handed: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._known: dict[tuple[str, int], int] = {}
        self._in_hand: dict[TopicPartition, int] = {}
        self._free = asyncio.Event()
        self._free.set()

    async def leave(self) -> None:
        """Leave the group."""
        self.stop()
        client = self._consumer._client  # noqa: SLF001 - stop() may end before it has closed it
        await stopped(self._consumer.stop, client.close)

    def join(self, topics: Sequence[str]) -> None:
        """Ask the group for partitions; they arrive while the loop runs."""
        self._consumer.subscribe(list(topics), listener=self)

    def __aiter__(self) -> AsyncIterator[Sequence[Received]]:
        return self

    async def __anext__(self) -> Sequence[Received]:
        """The next batch, of one partition."""
        while not self._stopping:
            ready = next((each for each in self._waiting if each[0] not in self._held), None)
            if ready is not None:
                self._waiting.remove(ready)
                place, records = ready
                self._handed[place] = self._in_hand[place] = records[-1].offset
                self._free.clear()
                return records
            if not self._moving and self._owned != self._opened:
                with suppress(RetryError):
                    await self._open(self._owned - self._opened)
            await self._poll()
        raise StopAsyncIteration

    async def commit(self, done: Sequence[Received]) -> None:
        """Everything up to the last record of `done`, per partition, is finished."""
        ends = {TopicPartition(each.topic, each.partition): each.offset + 1 for each in done}
        if not ends:
            return
        for place, end in ends.items():
            self._check_ours(place, end - 1)
        fenced = self._fenced
        work = asyncio.ensure_future(self._consumer.commit(ends))
        try:
            # The client would try again under a newer generation: then this batch is not ours.
            await asyncio.wait(
                {work, fenced}, timeout=self._deadlines.ask_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not work.done() and not fenced.done():
                raise RetryError(f"Kafka did not take a commit of {self._group} in time")
            if not work.done():
                raise FencedError(f"{self._group}: partitions moved during a commit")
            work.result()
        except (CommitFailedError, IllegalStateError) as error:
            raise FencedError(f"{self._group}: {error}") from error
        except KafkaError as error:
            raise told(error, f"take a commit of {self._group}") from error
        finally:
            work.cancel()
        self._committed.update(ends)
        for place, end in ends.items():
            self._let_go(place, end - 1)

    def finished(self, last: Received) -> None:
        """Nothing of this partition up to `last` is under way."""
        self._let_go(TopicPartition(last.topic, last.partition), last.offset)

    async def rewind(self, batch: Sequence[Received]) -> None:
        """Read again from the first record of `batch`."""
        first = batch[0]
        place = TopicPartition(first.topic, first.partition)
        self._check_ours(place, first.offset)
        self._waiting = deque(each for each in self._waiting if each[0] != place)
        self._let_go(place, self._handed[place])
        self._consumer.seek(place, first.offset)

    def epoch(self, topic: str, partition: int) -> int:
        """The group's generation."""
        ours = TopicPartition(topic, partition) in self._opened
        return self._generation if ours and self._generation == self._generation_now() else -1

    def hold(self, topic: str, partition: int) -> None:
        """Hand out nothing more of it."""
        self._held.add(TopicPartition(topic, partition))

    def release(self, topic: str, partition: int) -> None:
        """Hand out its records again."""
        self._held.discard(TopicPartition(topic, partition))

    def stop(self) -> None:
        """Hand out no further batch."""
        self._stopping = True

    def assigned(self) -> Mapping[str, tuple[int, ...]]:
        """Partitions by topic that this member owns now."""
        found: dict[str, tuple[int, ...]] = {}
        for topic, partition in sorted(self._owned):
            found[topic] = (*found.get(topic, ()), partition)
        return found

    def known(self) -> Mapping[tuple[str, int], int]:
        """What was told with the last records of each."""
        return self._known

    async def lag(self) -> Mapping[str, int]:
        """Unfinished records by topic; by the ends last heard of while Kafka does not answer."""
        places = sorted(self._opened)
        if places:
            with suppress(RetryError):
                self._ends = await within(
                    self._deadlines.ask_s,
                    "tell the ends of topics",
                    lambda: self._consumer.end_offsets(places),
                )
        found: dict[str, int] = {}
        for place in places:
            committed = self._committed.get(place, 0)
            behind = max(0, self._ends.get(place, committed) - committed)
            found[place.topic] = found.get(place.topic, 0) + behind
        return found

    async def on_partitions_revoked(self, revoked: object) -> None:
        """The group takes all away: what is in hand may finish, nothing more begins."""
        del revoked
        self._moving = True
        self._waiting.clear()
        if self._generation == self._generation_now():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._deadlines.drain_s):
                    await self._free.wait()
        self._owned = frozenset()
        self._opened.clear()
        self._held.clear()
        self._handed.clear()
        self._in_hand.clear()
        self._known.clear()
        self._free.set()
        if not self._fenced.done():
            self._fenced.set_result(None)

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """The group gives partitions; each is opened by the loop before it is read."""
        self._owned = frozenset(assigned)
        self._generation = self._generation_now()
        self._fenced = asyncio.get_running_loop().create_future()
        self._moving = False

    async def _open(self, places: Collection[TopicPartition]) -> None:
        """Set the position of each from what the group has committed, read afresh."""
        assignment = self._fenced
        committed = await self._topics.committed(self._group, places)
        firsts = await within(
            self._deadlines.ask_s,
            "tell first offsets",
            lambda: self._consumer.beginning_offsets(list(places)),
        )
        ends = await within(
            self._deadlines.ask_s,
            "tell the ends of topics",
            lambda: self._consumer.end_offsets(list(places)),
        )
        if self._moving or assignment is not self._fenced:
            return
        for place in places:
            at = committed[place]
            if at is None:
                at = firsts[place]
            if not firsts[place] <= at <= ends[place]:
                raise ConfigError(
                    f"group {self._group} has committed offset {at} of {place.topic}/"
                    f"{place.partition}, which holds {firsts[place]} to {ends[place]}: records "
                    "were lost or removed; decide what that means, then set the group's offset"
                )
            self._consumer.seek(place, at)
            self._committed[place] = at
            self._ends[place] = ends[place]
            self._opened.add(place)

    async def _poll(self) -> None:
        fetching = self._consumer._fetcher._fetch_task  # noqa: SLF001 - it says nothing when it falls
        if fetching.done():
            raise RetryError(f"the client has stopped reading for group {self._group}")
        assignment = self._fenced
        places = () if self._moving else tuple(self._opened - self._held)
        found: Mapping[TopicPartition, Sequence[Received]] = {}
        try:
            async with asyncio.timeout(2 * _POLL_S):
                found = await self._consumer.getmany(
                    *(places or (_NOWHERE,)),
                    timeout_ms=int(1000 * (_SETTLING_S if self._moving else _POLL_S)),
                    max_records=self._max_records,
                )
        except TimeoutError:
            return  # the client waits without an end while the group settles
        except NoOffsetForPartitionError:
            return  # the client looked for a position before this loop had set one
        except OffsetOutOfRangeError as error:
            raise ConfigError(
                f"group {self._group}: offset {error} is not in the log any more; decide what "
                "that means, then set the group's offset"
            ) from error
        except KafkaError as error:
            if not error.retriable:
                raise told(error, f"serve group {self._group}") from error
            return
        if not self._moving and assignment is self._fenced:
            self._waiting.extend(found.items())
            for place, records in found.items():
                # Up to where they are stable: what `Bus.ends()` tells, too.
                stable = self._consumer.last_stable_offset(place)
                self._known[place] = max(stable or 0, records[-1].offset + 1)

    def _let_go(self, place: TopicPartition, offset: int) -> None:
        if self._in_hand.get(place, offset) <= offset:
            self._in_hand.pop(place, None)
        if not self._in_hand:
            self._free.set()

    def _check_ours(self, place: TopicPartition, offset: int) -> None:
        handed = self._handed.get(place, -1)
        if offset > handed or self._generation != self._generation_now():
            raise FencedError(
                f"{place.topic}/{place.partition} has moved since this batch was read"
            )

    def _generation_now(self) -> int:
        # A member that was thrown out would else commit as nobody, which an empty group allows.
        coordinator = self._consumer._coordinator  # noqa: SLF001 - not told in public
        return int(coordinator.generation)
