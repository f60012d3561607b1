"""Reading outside any group: each question goes to the partition's leader by itself.

The client's consumer would ask five questions for one page, learn all topics anew after it, and go
on fetching between pages, behind which every other question waits. Must not know groups or commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import fetcher
from aiokafka.errors import LeaderNotAvailableError, OffsetOutOfRangeError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest

from tracehub.bus.kafka_batches import Pages
from tracehub.bus.kafka_deadline import Leaving, stopped, within
from tracehub.bus.kafka_settings import READER, Deadlines
from tracehub.errors import RetryError
from tracehub.model.record import Received

T = TypeVar("T")
_FIRST: Final = -2
_LAST: Final = -1
_NOBODY: Final = -1
_STABLE: Final = fetcher.READ_COMMITTED
_AT_ONCE: Final = 0
"""How long a broker waits for records: all that is asked for is there, or will not come."""


class KafkaReader:
    """Ends of partitions, and records from any offset on."""

    def __init__(self, options: Mapping[str, Any], deadlines: Deadlines) -> None:
        self._options = options
        self._deadlines = deadlines
        self._client: Any = None
        self._starting = asyncio.Lock()
        self._leaving = Leaving()

    async def ends(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The next offset of each partition."""
        return await self._asked(
            "tell the ends of a topic", lambda client: _offsets(client, places, _LAST)
        )

    async def read(self, place: TopicPartition, offset: int, limit: int) -> Sequence[Received]:
        """Up to `limit` records from `offset` on; fewer at the end."""
        return await self._asked(
            "hand out records", lambda client: _page(client, place, offset, limit)
        )

    async def close(self) -> None:
        """Let go of the connections."""
        self._discard(self._client)
        await self._leaving.end()

    async def _asked(self, doing: str, ask: Callable[[Any], Awaitable[T]]) -> T:
        client = None

        async def once() -> T:
            nonlocal client
            client = await self._ready()
            return await ask(client)

        try:
            return await within(self._deadlines.ask_s, doing, once)
        except RetryError:
            # What it waits for inside may never come.
            self._discard(client)
            raise

    def _discard(self, client: Any) -> None:
        if client is not None and client is self._client:
            self._client = None
            self._leaving.begin(stopped(client.close))

    async def _ready(self) -> Any:
        async with self._starting:
            if self._client is None:
                client = AIOKafkaClient(**self._options)
                try:
                    await client.bootstrap()
                except BaseException:
                    self._leaving.begin(stopped(client.close))
                    raise
                self._client = client
            return self._client


async def _offsets(
    client: Any, places: Sequence[TopicPartition], which: int
) -> Mapping[TopicPartition, int]:
    """The first or last offset of each partition, of each leader by one question."""
    asked: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for place in places:
        topics = asked.setdefault(await _leader(client, place), {})
        topics.setdefault(place.topic, []).append((place.partition, which))
    asking = (
        client.send(node, OffsetRequest(_NOBODY, _STABLE, [*topics.items()]))
        for node, topics in asked.items()
    )
    # A task for one question costs as much as to ask it.
    answers = [await each for each in asking] if len(asked) == 1 else await asyncio.gather(*asking)
    return {
        TopicPartition(topic, partition): offset
        for answer in answers
        for topic, (partition, _time, offset, *_) in _told(client, answer)
    }


async def _page(client: Any, place: TopicPartition, offset: int, limit: int) -> Sequence[Received]:
    found: list[Received] = []
    at = offset
    while len(found) < limit:
        try:
            stable, aborted, data = await _fetched(client, place, at)
        except OffsetOutOfRangeError:
            first = (await _offsets(client, [place], _FIRST))[place]
            if at >= first:
                break
            at = first
            continue
        if not data:
            await _at_end(client, place, at)
            break
        how = None, None, True, _STABLE
        records = fetcher.PartitionRecords(place, Pages(data), aborted, at, *how)
        found += records.take(limit - len(found))
        at = max(at, records.reached)
        if at >= stable:
            break
    return found


async def _at_end(client: Any, place: TopicPartition, at: int) -> None:
    """Make sure that nothing stands from an offset on, of which a leader told nothing.

    One that holds an answer back (a quota), or that has just become the leader, tells nothing of
    what is there.

    Raises:
        LeaderNotAvailableError: something does; ask again.
    """
    if at < (await _offsets(client, [place], _LAST))[place]:
        raise LeaderNotAvailableError(f"{place.topic}/{place.partition} tells nothing from {at} on")


async def _fetched(client: Any, place: TopicPartition, at: int) -> tuple[int, Any, bytes]:
    """Up to where a partition is stable, aborted transactions, and batches from an offset on."""
    size = READER["max_partition_fetch_bytes"]
    request = FetchRequest(
        _AT_ONCE,
        1,
        READER["fetch_max_bytes"],
        _STABLE,
        [(place.topic, [(place.partition, at, size)])],
    )
    answer = await client.send(await _leader(client, place), request)
    for _, (_, _high, stable, _first, aborted, _elsewhere, data) in _told(client, answer):
        return stable, aborted, data
    return at, (), b""


async def _leader(client: Any, place: TopicPartition) -> int:
    leader = client.cluster.leader_for_partition(place)
    if leader is None:
        await client.force_metadata_update()
        leader = client.cluster.leader_for_partition(place)
    if leader is None or leader < 0:
        client.force_metadata_update()
        raise LeaderNotAvailableError(str(place))
    return int(leader)


def _told(client: Any, answer: Any) -> Iterable[tuple[str, Sequence[Any]]]:
    """What an answer says of each partition, without its code.

    Raises:
        KafkaError: it has one.
    """
    for topic, partitions in answer.topics:
        for partition, code, *said in partitions:
            error = for_code(code)
            if code:
                if error.invalid_metadata:
                    client.force_metadata_update()
                raise error(f"{topic}/{partition}")
            yield topic, (partition, *said)
