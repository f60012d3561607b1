"""Reading outside any group: one consumer, one question at a time.

Must not know groups or commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from tracehub.bus.kafka_deadline import Leaving, stopped, within
from tracehub.bus.kafka_settings import READER, Deadlines
from tracehub.errors import RetryError
from tracehub.model.record import Received

T = TypeVar("T")
_POLL_MS: Final = 500


class KafkaReader:
    """Ends of partitions, and records from any offset on."""

    def __init__(self, options: Mapping[str, Any], deadlines: Deadlines) -> None:
        self._options = options
        self._deadlines = deadlines
        self._consumer: Any = None
        self._turn = asyncio.Lock()
        self._leaving = Leaving()

    async def ends(self, places: Sequence[TopicPartition]) -> Sequence[int]:
        """The next offset of each partition."""

        async def ask(consumer: Any) -> Sequence[int]:
            found = await consumer.end_offsets(places)
            return [found[each] for each in places]

        return await self._asked("tell the ends of a topic", ask)

    async def read(self, place: TopicPartition, offset: int, limit: int) -> Sequence[Received]:
        """Up to `limit` records from `offset` on; fewer at the end."""

        async def ask(consumer: Any) -> Sequence[Received]:
            try:
                return await _page(consumer, place, offset, limit)
            finally:
                # Else it goes on fetching, and the broker answers every question after a fetch.
                consumer.unsubscribe()

        return await self._asked("hand out records", ask)

    async def close(self) -> None:
        """Let go of the connections."""
        self._discard()
        await self._leaving.end()

    async def _asked(self, doing: str, ask: Callable[[Any], Awaitable[T]]) -> T:
        async def once() -> T:
            return await ask(await self._ready())

        async with self._turn:
            try:
                return await within(self._deadlines.ask_s, doing, once)
            except RetryError:
                # What it waits for inside may never come: a fetch of it that fell stays down.
                self._discard()
                raise

    def _discard(self) -> None:
        if self._consumer is not None:
            self._leaving.begin(stopped(self._consumer.stop))
            self._consumer = None

    async def _ready(self) -> Any:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(**self._options, **READER, group_id=None)
            try:
                await consumer.start()
            except BaseException:
                self._leaving.begin(stopped(consumer.stop))
                raise
            self._consumer = consumer
        return self._consumer


async def _page(
    consumer: Any, place: TopicPartition, offset: int, limit: int
) -> Sequence[Received]:
    end = (await consumer.end_offsets([place]))[place]
    at = max(offset, (await consumer.beginning_offsets([place]))[place])
    found: list[Received] = []
    if at >= end:
        return found
    consumer.assign([place])
    consumer.seek(place, at)
    while at < end and len(found) < limit:
        some = await consumer.getmany(place, timeout_ms=_POLL_MS, max_records=limit - len(found))
        found.extend(some.get(place, ()))
        at = await consumer.position(place)
    return found
