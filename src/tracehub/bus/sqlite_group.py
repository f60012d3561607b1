"""Group membership on the embedded log: leases with an epoch, fair shares, batches in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Protocol, TypeVar

from tracehub.bus.sqlite_store import Lease, Store, TopicPartition
from tracehub.clock import Clock
from tracehub.errors import ConfigError, FencedError, RetryError
from tracehub.model.record import Received

T = TypeVar("T")
_BEATS_PER_LEASE: Final = 4
_JOINING_S: Final = 0.1
MAX_BYTES: Final = 4 * 1024 * 1024
"""A batch ends when its values reach this size."""


class Log(Protocol):
    """What a subscription needs of its bus."""

    tails: dict[TopicPartition, int]
    changed: asyncio.Condition

    async def look(self, ask: Callable[[Store], T]) -> T:
        """Read."""
        ...

    async def write(self, change: Callable[[Store], T]) -> T:
        """Write."""
        ...


class Membership(NamedTuple):
    """Who reads what; `member` is unique among the living members on this machine."""

    group: str
    member: str
    topics: tuple[str, ...]


class _Beat(NamedTuple):
    """What a beat came to: leases still held, new ones, and the fair share."""

    kept: set[TopicPartition]
    taken: dict[TopicPartition, Lease]
    share: set[TopicPartition]


class SqliteSubscription:
    """`Subscription` of one member."""

    def __init__(
        self, log: Log, membership: Membership, clock: Clock, max_records: int, lease_s: float
    ) -> None:
        self._log = log
        self._who = membership
        self._clock = clock
        self._max_records = max_records
        self._lease_s = lease_s
        self._leases: dict[TopicPartition, Lease] = {}
        self._next: dict[TopicPartition, int] = {}
        self._done: dict[TopicPartition, int] = {}
        self._leaving: set[TopicPartition] = set()
        self._held: set[TopicPartition] = set()
        self._turn = 0
        self._stopped = False
        self._fault: ConfigError | None = None
        self._beating: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Become a member and take a share."""
        topics = self._who.topics
        await self._log.look(lambda store: [store.partitions(topic) for topic in topics])
        await self._beat()
        self._beating = asyncio.create_task(self._keep_beating())

    async def leave(self) -> None:
        """Give everything back."""
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating
        group, member = self._who.group, self._who.member
        with suppress(RetryError):
            await self._log.write(lambda store: store.leave(group, member))

    def __aiter__(self) -> AsyncIterator[Sequence[Received]]:
        return self._batches()

    async def _batches(self) -> AsyncIterator[Sequence[Received]]:
        while not self._stopped:
            if self._fault is not None:
                raise self._fault
            place = self._ready()
            if place is None:
                await self._wait()
                continue
            offset, limit = self._next[place], self._max_records
            found = await self._log.look(lambda store: store.read(*place, offset, limit))  # noqa: B023 - awaited at once
            if place not in self._leases or not found or self._next[place] != offset:
                continue
            batch = _bounded(found)
            self._next[place] = batch[-1].offset + 1
            yield batch

    async def commit(self, done: Sequence[Received]) -> None:
        """Everything up to the last record of `done`, per partition, is finished."""
        ends = {(each.topic, each.partition): each.offset + 1 for each in done}
        for place in ends:
            if place not in self._leases:
                raise FencedError(f"{place[0]}/{place[1]} has moved to another member")
        if ends:
            who, epochs = self._who, {place: self._leases[place].epoch for place in ends}
            await self._log.write(lambda store: store.commit(who.group, who.member, epochs, ends))
            self._done.update(ends)

    def finished(self, last: Received) -> None:
        """Leases are given back once all that was handed out is committed: nothing to note."""

    async def rewind(self, batch: Sequence[Received]) -> None:
        """Read again from the first record of `batch`."""
        place = (batch[0].topic, batch[0].partition)
        if place not in self._leases:
            raise FencedError(f"{place[0]}/{place[1]} has moved to another member")
        self._next[place] = batch[0].offset

    def epoch(self, topic: str, partition: int) -> int:
        """Number of the lease."""
        lease = self._leases.get((topic, partition))
        return -1 if lease is None else lease.epoch

    def hold(self, topic: str, partition: int) -> None:
        """Read no further."""
        self._held.add((topic, partition))

    def release(self, topic: str, partition: int) -> None:
        """Read on."""
        self._held.discard((topic, partition))
        self._wake()

    def stop(self) -> None:
        """End the loop over this subscription."""
        self._stopped = True
        self._wake()

    def assigned(self) -> Mapping[str, tuple[int, ...]]:
        """Partitions by topic."""
        found: dict[str, tuple[int, ...]] = {}
        for topic, partition in sorted(self._leases):
            found[topic] = (*found.get(topic, ()), partition)
        return found

    def known(self) -> Mapping[TopicPartition, int]:
        """The ends last heard of."""
        tails = self._log.tails
        return {place: tails[place] for place in self._leases if place in tails}

    async def lag(self) -> Mapping[str, int]:
        """Unfinished records by topic."""
        lag: dict[str, int] = {}
        for place in self._leases:
            behind = self._log.tails.get(place, 0) - self._done.get(place, 0)
            lag[place[0]] = lag.get(place[0], 0) + behind
        return lag

    def _ready(self) -> TopicPartition | None:
        """The next partition in turn that has something to read."""
        places = list(self._leases)
        for step in range(len(places)):
            place = places[(self._turn + step) % len(places)]
            behind = self._next[place] < self._log.tails.get(place, 0)
            if behind and place not in self._leaving and place not in self._held:
                self._turn = (self._turn + step + 1) % len(places)
                return place
        return None

    async def _wait(self) -> None:
        async with self._log.changed:
            if self._ready() is None and not self._stopped and self._fault is None:
                await self._log.changed.wait()

    def _wake(self) -> None:
        async def wake() -> None:
            async with self._log.changed:
                self._log.changed.notify_all()

        self._waking = asyncio.ensure_future(wake())

    async def _keep_beating(self) -> None:
        while True:
            alone_s = self._lease_s / _BEATS_PER_LEASE
            await asyncio.sleep(_JOINING_S if self._leaving or not self._leases else alone_s)
            try:
                await self._beat()
            except RetryError:
                continue
            except ConfigError as error:
                self._fault = error
            self._wake()

    async def _beat(self) -> None:
        """Stay alive, give up what is above the fair share, take what is free below it."""
        who, now = self._who, self._clock.now_ms()
        expires = now + round(self._lease_s * 1000)
        finished = [
            place
            for place in self._leaving
            if self._done.get(place, self._next[place]) >= self._next[place]
        ]

        def beat(store: Store) -> _Beat:
            living = store.beat(who.group, who.member, now, expires)
            store.release(who.group, who.member, finished)
            kept = store.leases(who.group, who.member)
            share = _share(store, who.topics, living, who.member)
            claims = {place: store.claim(who.group, who.member, place) for place in share - kept}
            taken = {place: lease for place, lease in claims.items() if lease is not None}
            return _Beat(kept, taken, share)

        after = await self._log.write(beat)
        for place in set(self._leases) - after.kept:
            self._forget(place)
        for place, lease in after.taken.items():
            self._take(place, lease)
        self._leaving = set(self._leases) - after.share

    def _take(self, place: TopicPartition, lease: Lease) -> None:
        tail = self._log.tails.get(place)
        if tail is not None and lease.committed > tail:
            raise ConfigError(
                f"group {self._who.group}: committed offset {lease.committed} of {place[0]}/"
                f"{place[1]} is beyond the log's end {tail}; the log was replaced or cut: put it "
                "back, or set the group's offset by hand"
            )
        self._leases[place] = lease
        self._next[place] = self._done[place] = lease.committed

    def _forget(self, place: TopicPartition) -> None:
        del self._leases[place]
        self._leaving.discard(place)
        self._held.discard(place)


def _share(
    store: Store, topics: Sequence[str], living: Sequence[str], member: str
) -> set[TopicPartition]:
    """Every n-th partition, so that each of n members has as many as any other, or one more."""
    places = [(topic, each) for topic in topics for each in range(store.partitions(topic))]
    if member not in living:
        return set()
    return set(places[living.index(member) :: len(living)])


def _bounded(found: Sequence[Received]) -> Sequence[Received]:
    size = 0
    for index, received in enumerate(found):
        size += len(received.value)
        if size >= MAX_BYTES:
            return found[: index + 1]
    return found
