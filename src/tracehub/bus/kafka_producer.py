"""An idempotent producer: batches are numbered, sent by one request for each leader, and awaited.

The client's own takes for every batch several futures, tasks and look-ups, which for a few records
is most of what they cost. As there, one request is under way to a broker, what comes meanwhile goes
with the next one, and a partition's next batch waits for the one before it. A batch that a broker
could not take is sent again as it is, so that the log knows it; whatever else goes wrong ends the
producer. Must not know rows, deadlines, or what comes after its end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, for_code
from aiokafka.protocol.transaction import InitProducerIdRequest

from tracehub.bus.kafka_appending import Appending, Bytes, Place
from tracehub.bus.kafka_settings import REQUEST_MS
from tracehub.clock import Clock, SystemClock

_CLOCK: Final[Clock] = SystemClock()
_UNUSED_MS: Final = 60_000
"""How long a transaction may take; there is none."""
_AGAIN_S: Final = 0.1
_SEQUENCES: Final = 1 << 31
_TAKEN: Final = frozenset({0, 46})
"""Codes: it is in the log, now or since it was sent before."""
_NOBODY: Final = -1
REPLACED: Final = "the producer was replaced"


class Batch(Protocol):
    """Records of one partition, that get their numbers once."""

    @property
    def count(self) -> int:
        """How many records it has."""
        ...

    def numbered(self, producer_id: int, epoch: int, sequence: int) -> Bytes:
        """Its bytes."""
        ...


class _Wave:
    """Batches that are awaited together."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.firsts: dict[Place, int] = {}
        self.done: asyncio.Future[Mapping[Place, int]] = asyncio.get_running_loop().create_future()

    def land(self, place: Place, first: int) -> None:
        """Note that one is in the log."""
        self.firsts[place] = first
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(self.firsts)

    def fail(self, error: Exception) -> None:
        """Note that one is not, or not known to be; whoever was cancelled does not ask."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()


class _Share(NamedTuple):
    """A batch on its way."""

    place: Place
    batch: Batch
    wave: _Wave


class Producer:
    """What one producer id sends, from `start()` to `stop()`."""

    def __init__(self, client: Any, *, clock: Clock = _CLOCK) -> None:
        self._client = client
        self._clock = clock
        self._named = -1, -1
        self._sequences: dict[Place, int] = {}
        self._topics: set[str] = set()
        self._under_way: dict[Place, tuple[_Share, Bytes]] = {}
        self._behind: dict[Place, deque[_Share]] = {}
        self._ready: dict[int, list[Place]] = {}
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._ended: Exception | None = None

    async def start(self) -> None:
        """Connect, and ask for an id.

        Raises:
            KafkaError: nobody is there, or nobody who gives us one.
        """
        await self._client.bootstrap()
        while not await self._is_named():
            await self._clock.sleep(_AGAIN_S)

    async def send(self, batches: Mapping[Place, Batch]) -> Mapping[Place, int]:
        """Append a batch to each place; returns the offset of its first record.

        Raises:
            KafkaError: one is not in the log, or not known to be; this producer is of no more use.
        """
        if self._ended is not None:
            raise self._ended
        self._know({topic for topic, _ in batches})
        wave = _Wave(len(batches))
        begun = []
        for place, batch in batches.items():
            share = _Share(place, batch, wave)
            if place in self._under_way:
                self._behind.setdefault(place, deque()).append(share)
            else:
                self._begin(share)
                begun.append(place)
        self._go(begun)
        return await wave.done

    def stop(self, error: Exception) -> None:
        """Send nothing more, at once."""
        if self._ended is None:
            self._ended = error
            for share in chain(
                *self._behind.values(), (each for each, _ in self._under_way.values())
            ):
                share.wave.fail(error)
            for task in self._busy.values():
                task.cancel()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def _is_named(self) -> bool:
        """Ask a broker for an id; False when it is to be asked again."""
        node = self._client.get_random_node()
        try:
            answer = await self._client.send(node, InitProducerIdRequest(None, _UNUSED_MS))
        except KafkaError as error:
            if error.retriable:
                return False
            raise
        refused = for_code(answer.error_code)
        if answer.error_code and not refused.retriable:
            raise refused("no producer id")
        self._named = answer.producer_id, answer.producer_epoch
        return not answer.error_code

    def _know(self, topics: Collection[str]) -> None:
        if not self._topics.issuperset(topics):
            self._topics.update(topics)
            self._client.set_topics(self._topics)

    def _begin(self, share: _Share) -> None:
        """Number a batch; from here on it comes before any other of its place."""
        place, batch, _ = share
        sequence = self._sequences.get(place, 0)
        self._sequences[place] = (sequence + batch.count) % _SEQUENCES
        self._under_way[place] = share, batch.numbered(*self._named, sequence)

    def _go(self, places: Iterable[Place]) -> None:
        """Send what is under way to these places to their leaders, when those have answered."""
        for place in places:
            node = self._leader(place)
            waiting = self._ready.get(node)
            if waiting is None:
                self._ready[node] = [place]
            else:
                waiting.append(place)
            if node not in self._busy:
                self._busy[node] = task = asyncio.create_task(self._serve(node))
                task.add_done_callback(self._served)

    async def _serve(self, node: int) -> None:
        """Send what is ready for a broker until nothing is."""
        while places := self._ready.pop(node, None):
            late = await self._asked(node, places) if node >= 0 else places
            if late:
                await self._look_again(node, late)
        del self._busy[node]

    def _served(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self.stop(error if isinstance(error, Exception) else RuntimeError(str(error)))

    async def _asked(self, node: int, places: Collection[Place]) -> Collection[Place]:
        """Append to places at their leader; returns those that must be sent again."""
        batches = {place: self._under_way[place][1] for place in places}
        try:
            said = await self._client.send(node, Appending(batches, REQUEST_MS))
        except KafkaError as error:
            if not error.retriable:
                raise
            return places
        return self._land(places, said)

    def _land(
        self, places: Collection[Place], said: Mapping[Place, tuple[int, int]]
    ) -> Collection[Place]:
        late, next_ones = [], []
        for place in places:
            code, first = said.get(place, (None, 0))
            if code in _TAKEN:
                self._under_way.pop(place)[0].wave.land(place, first)
                if place in self._behind:
                    next_ones.append(place)
            elif code is None or for_code(code).retriable:
                late.append(place)
            else:
                self._refuse(place, for_code(code)(place[0]))
        if next_ones:
            self._go_on(next_ones)
        return late

    def _go_on(self, places: Iterable[Place]) -> None:
        """Send what waited behind a batch that is in the log."""
        for place in places:
            line = self._behind[place]
            self._begin(line.popleft())
            if not line:
                del self._behind[place]
        self._go(places)

    async def _look_again(self, node: int, places: Collection[Place]) -> None:
        """Send again, when the cluster was asked who leads."""
        await self._client.force_metadata_update()
        for place in places:
            if place[0] in self._client.cluster.unauthorized_topics:
                self._refuse(place, TopicAuthorizationFailedError(place[0]))
        if node >= 0 or any(self._leader(each) < 0 for each in places):
            await self._clock.sleep(_AGAIN_S)
        self._go(places)

    def _leader(self, place: Place) -> int:
        leader = self._client.cluster.leader_for_partition(TopicPartition(*place))
        return _NOBODY if leader is None else int(leader)

    def _refuse(self, place: Place, error: KafkaError) -> NoReturn:
        """Tell of it whoever waits for this place; all others learn that it is over."""
        self._under_way[place][0].wave.fail(error)
        raise KafkaError(REPLACED)
