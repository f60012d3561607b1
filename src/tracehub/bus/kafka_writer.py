"""The one producer of a bus: made when it is needed, thrown away after any error.

After a failed batch its sequence has a hole, and it would go on sending records that its callers
have given up. Must not know keys, or how a partition is chosen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice, zip_longest
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from tracehub.bus.compiled import Batches
from tracehub.bus.kafka_deadline import Leaving, stopped, told
from tracehub.bus.kafka_packed import Packed
from tracehub.bus.kafka_settings import BATCH_BYTES, PRODUCER
from tracehub.bus.limit import FAIR_HEADERS, FAIR_RECORD, refuse_large
from tracehub.clock import Clock, SystemClock
from tracehub.model.record import Placed, Row

_CLOCK: Final[Clock] = SystemClock()
Offsets = Mapping[tuple[str, int], Sequence[range]]
"""The offsets that records were given, by (topic, partition): a range for each batch."""


class _Batch(BatchBuilder):  # type: ignore[misc]  # the client has no types
    """The client's batch, filled without its call for every record."""

    _builder: Any
    _relative_offset: int

    def __init__(self, place: tuple[str, int]) -> None:
        super().__init__(BATCH_BYTES, compression_type=0)
        self._place = place

    def fill(self, rows: Sequence[Row], begin: int) -> int:
        """Append from index `begin` on while there is room; returns the index of the next.

        Raises:
            RejectError: one of them is over the limits.
        """
        append, now_ms = self._builder.append, _CLOCK.now_ms()
        count = 0
        for key, value, headers in islice(rows, begin, None):
            taken = append(count, now_ms, key, value, [*headers])
            if taken is None:
                break
            if taken.size > FAIR_RECORD or len(headers) > FAIR_HEADERS:
                refuse_large({self._place: ((key, value, headers),)})
            count += 1
        self._relative_offset = count
        self.close()
        return begin + count


New = Callable[[tuple[str, int]], _Batch | Packed]
"""Makes an empty batch for a place."""


class KafkaWriter:
    """Appends batches; every acknowledgement is awaited, all under one deadline."""

    def __init__(
        self, options: Mapping[str, Any], deadline_s: float, batches: Batches | None = None
    ) -> None:
        self._options = options
        self._new: New = _Batch if batches is None else partial(Packed, batches)
        self._deadline_s = deadline_s
        self._producer: Any = None
        self._starting = asyncio.Lock()
        self._leaving = Leaving()
        self.made = 0

    async def append(self, placed: Placed) -> Offsets:
        """Append rows to their places, each in its order; durable when it returns.

        Raises:
            RejectError: a record is over the limits; none was sent.
            RetryError: not all were acknowledged in time; some may be in the log.
            ConfigError: an operator must act.
        """
        producer = None
        try:
            async with asyncio.timeout(self._deadline_s):
                producer = await self._ready()
                return await _send(producer, placed, self._new)
        except (KafkaError, OSError, TimeoutError) as error:
            if producer is not None:
                self._discard(producer)
            raise told(error, "acknowledge records") from error

    async def close(self) -> None:
        """Let go of the producer; nothing is under way any more."""
        if self._producer is not None:
            self._discard(self._producer)
        await self._leaving.end()

    async def _ready(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(**self._options, **PRODUCER)
                self.made += 1
                try:
                    await producer.start()
                except BaseException:
                    self._leaving.begin(_abandon(producer))
                    raise
                self._producer = producer
            return self._producer

    def _discard(self, producer: Any) -> None:
        if self._producer is producer:
            self._producer = None
            self._leaving.begin(_abandon(producer))


async def _abandon(producer: Any) -> None:
    """Stop sending at once: `stop()` alone would wait for the broker, and deliver late."""
    sender = producer._sender.sender_task  # noqa: SLF001 - no public way to stop without a flush
    producer._message_accumulator.fail_all(KafkaError("the producer was replaced"))  # noqa: SLF001 - the same
    if sender is not None:
        sender.cancel()
    await stopped(producer.stop, producer.client.close)


async def _send(producer: Any, placed: Placed, new: New) -> Offsets:
    """The first batch of every partition, and when the log has those, the second.

    The broker takes a new producer's second batch though its first one failed: then a record would
    stand behind one that is missing.
    """
    shares = [
        [(TopicPartition(*place), batch) for batch in _batches(rows, partial(new, place))]
        for place, rows in placed.items()
    ]
    offsets: dict[tuple[str, int], list[range]] = {}
    for wave in zip_longest(*shares):
        sent: list[tuple[TopicPartition, int, asyncio.Future[Any]]] = []
        for place, batch in filter(None, wave):
            future = await producer.send_batch(batch, place.topic, partition=place.partition)
            future.add_done_callback(_seen)
            sent.append((place, batch.record_count(), future))
        futures = [future for _, _, future in sent]
        done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)
        for future in done:
            future.result()
        for place, count, future in sent:
            first = future.result().offset
            offsets.setdefault(tuple(place), []).append(range(first, first + count))
    return offsets


def _seen(future: asyncio.Future[Any]) -> None:
    """Nobody may be left to ask for the outcome."""
    if not future.cancelled():
        future.exception()


def _batches(rows: Sequence[Row], new: Callable[[], _Batch | Packed]) -> list[_Batch | Packed]:
    batches: list[_Batch | Packed] = []
    begun = 0
    while begun < len(rows):
        batches.append(new())
        begun = batches[-1].fill(rows, begun)
    return batches
