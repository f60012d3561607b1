"""The exchange without a log: batches in, outcomes out, what is published swallowed and counted.

For measuring what the hub's own work costs. Must not know what is measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from tracehub.app import Edges, exchange_stage, judgement
from tracehub.bus.port import Subscription, TopicSpec
from tracehub.model.record import Placed, Position, Received, Record, records_of
from tracehub.services.exchange import Exchange
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.load import Load

_APPENDED_MS = 1_790_000_000_000
_CONTROL = "control."
_PARTITIONS = 256


class Swallowing:
    """A log that takes everything, keeps nothing but control topics, and counts."""

    def __init__(self) -> None:
        self.published: Counter[str] = Counter()
        self.bytes = 0
        self._kept: dict[tuple[str, int], list[Received]] = {}

    async def publish(self, records: Sequence[Record]) -> None:
        """Count them by topic, and their bytes."""
        self.published.update([each.topic for each in records])
        for each in records:
            self.bytes += len(each.key) + len(each.value)
            self.bytes += sum(len(name) + len(value) for name, value in each.headers)
            if each.topic.startswith(_CONTROL):
                self._keep(each, each.partition or 0)

    async def publish_placed(self, placed: Placed) -> None:
        """As `publish()`."""
        await self.publish([*records_of(placed)])

    async def append(self, records: Sequence[Record]) -> Sequence[Position]:
        """Nothing can be found again."""
        raise NotImplementedError(f"{len(records)} records: this log keeps nothing")

    def subscribe(
        self, topics: Sequence[str], *, group: str
    ) -> AbstractAsyncContextManager[Subscription]:
        """No group can read."""
        raise NotImplementedError(f"{group} can't read {topics}: this log keeps nothing of them")

    async def ensure(self, topics: Sequence[TopicSpec]) -> None:
        """Every topic is there."""

    async def ends(self, topic: str) -> tuple[int, ...]:
        """All other topics are empty."""
        return tuple(len(self._kept.get((topic, number), ())) for number in range(_PARTITIONS))

    async def ends_of(self, topics: Collection[str]) -> Mapping[str, tuple[int, ...]]:
        """As `ends()`."""
        return {each: await self.ends(each) for each in topics}

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Received]:
        """What a control topic holds; of another nothing."""
        return self._kept.get((topic, partition), [])[offset : offset + limit]

    def _keep(self, record: Record, partition: int) -> None:
        kept = self._kept.setdefault((record.topic, partition), [])
        where = partition, len(kept), _APPENDED_MS
        kept.append(Received(record.topic, record.key, record.value, record.headers, *where))


class Offline:
    """One exchange, driven batch by batch."""

    def __init__(self, settings: Settings) -> None:
        self.bus = Swallowing()
        self._exchange: Exchange = exchange_stage(
            settings, judgement(settings), self.bus, Edges(silent())
        )

    async def take(self, batch: Sequence[Received]) -> None:
        """Stage a batch, settle it, publish, pass on: a turn of the pump without its waits."""
        settled = await self._exchange.stage(batch)
        await self.bus.publish_placed(settled.placed)
        self._exchange.passed(batch[-1])


def batches(load: Load, count: int, size: int) -> Iterator[Sequence[Received]]:
    """A load as batches of one raw partition each, as a subscription would hand them out."""
    waiting: dict[str, list[Received]] = {}
    offsets: dict[str, int] = {}
    for written in load.records(count):
        topic = load.templates[written.template].topic
        offset = offsets[topic] = offsets.get(topic, -1) + 1
        batch = waiting.setdefault(topic, [])
        batch.append(Received(topic, written.key, written.value, (), 0, offset, _APPENDED_MS))
        if len(batch) == size:
            yield waiting.pop(topic)
    yield from waiting.values()
