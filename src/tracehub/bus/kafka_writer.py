"""The one producer of a bus: made when it is needed, thrown away after any error.

After a failed batch its sequence has a hole, and it would go on sending records that its callers
have given up. Must not know keys, or how a partition is chosen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from tracehub.bus.compiled import Batches
from tracehub.bus.kafka_deadline import Leaving, stopped, told
from tracehub.bus.kafka_packed import Packed
from tracehub.bus.kafka_producer import REPLACED, Producer
from tracehub.bus.kafka_settings import BATCH_BYTES
from tracehub.bus.limit import FAIR_HEADERS, FAIR_RECORD, refuse_large
from tracehub.clock import Clock, SystemClock
from tracehub.model.record import Placed, Row

_CLOCK: Final[Clock] = SystemClock()
_MAGIC: Final = 2
Offsets = Mapping[tuple[str, int], Sequence[range]]
"""The offsets that records were given, by (topic, partition): a range for each batch."""


class _Plain:
    """A batch that the client's builder writes.

    Attributes:
        count: how many records it has.
    """

    def __init__(self, place: tuple[str, int]) -> None:
        self._place = place
        self._builder: Any = DefaultRecordBatchBuilder(
            _MAGIC,
            compression_type=0,
            is_transactional=False,
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=0,
            batch_size=BATCH_BYTES,
        )
        self.count = 0

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
        self.count = count
        return begin + count

    def numbered(self, producer_id: int, epoch: int, sequence: int) -> bytearray:
        """Its bytes; asked once."""
        self._builder.set_producer_state(producer_id, epoch, sequence)
        written: bytearray = self._builder.build()
        return written


New = Callable[[tuple[str, int]], _Plain | Packed]
"""Makes an empty batch for a place."""


class KafkaWriter:
    """Appends batches; every acknowledgement is awaited, all under one deadline."""

    def __init__(
        self, options: Mapping[str, Any], deadline_s: float, batches: Batches | None = None
    ) -> None:
        self._options = options
        self._new: New = _Plain if batches is None else partial(Packed, batches)
        self._deadline_s = deadline_s
        self._producer: Producer | None = None
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

    async def _ready(self) -> Producer:
        async with self._starting:
            if self._producer is None:
                producer = Producer(AIOKafkaClient(**self._options))
                self.made += 1
                try:
                    await producer.start()
                except BaseException:
                    self._leaving.begin(stopped(producer.close))
                    raise
                self._producer = producer
            return self._producer

    def _discard(self, producer: Producer) -> None:
        producer.stop(KafkaError(REPLACED))
        if self._producer is producer:
            self._producer = None
            self._leaving.begin(stopped(producer.close))


async def _send(producer: Producer, placed: Placed, new: New) -> Offsets:
    """The first batch of every partition, and when the log has those, the second.

    The broker takes a new producer's second batch though its first one failed: then a record would
    stand behind one that is missing.
    """
    shares = {place: _batches(rows, place, new) for place, rows in placed.items() if rows}
    offsets: dict[tuple[str, int], list[range]] = {place: [] for place in shares}
    for number in range(max(map(len, shares.values()), default=0)):
        wave = {place: own[number] for place, own in shares.items() if number < len(own)}
        firsts = await producer.send(wave)
        for place, batch in wave.items():
            first = firsts[place]
            offsets[place].append(range(first, first + batch.count))
    return offsets


def _batches(rows: Sequence[Row], place: tuple[str, int], new: New) -> Sequence[_Plain | Packed]:
    batches: list[_Plain | Packed] = []
    begun = 0
    while begun < len(rows):
        batches.append(new(place))
        begun = batches[-1].fill(rows, begun)
    return batches
