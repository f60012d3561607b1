"""A page of the log: what a leader does not tell at first is asked for again, never passed over."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from tracehub.bus.kafka_batches import guard_fetches
from tracehub.bus.kafka_reader import KafkaReader
from tracehub.bus.kafka_settings import Deadlines

PLACE = TopicPartition("control.rules", 0)
END = 2


def batches() -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1000,
    )
    for offset in range(END):
        builder.append(offset, 1_700_000_000_000, b"k", b"%d" % offset, [])
    return bytes(builder.build())


class Leader:
    """A client of one broker, whose answers to fetches are given."""

    def __init__(self, *answers: Sequence[Any]) -> None:
        self.answers = list(answers)
        self.cluster = SimpleNamespace(leader_for_partition=lambda _place: 1)

    async def send(self, _node: int, request: Any) -> Any:
        if isinstance(request, FetchRequest):
            return SimpleNamespace(topics=self.answers.pop(0))
        return SimpleNamespace(topics=[(PLACE.topic, [(0, 0, -1, END)])])

    async def close(self) -> None:
        """Nothing to let go of."""


async def page(leader: Leader, offset: int) -> list[bytes]:
    guard_fetches()
    reader = KafkaReader({}, Deadlines())
    reader._client = leader
    found = await reader.read(PLACE, offset, 10)
    await reader.close()
    assert not leader.answers
    return [each.value for each in found]


def told(stable: int, data: bytes) -> Sequence[Any]:
    return [(PLACE.topic, [(0, 0, stable, stable, 0, [], -1, data)])]


async def test_page_when_a_leader_tells_nothing_of_what_is_there_is_asked_for_again() -> None:
    """As one does that holds answers back, or whose end is not what it was under the last one."""
    whole = told(END, batches())
    assert await page(Leader([], told(0, b""), whole), 0) == [b"0", b"1"]


async def test_page_when_nothing_is_there_is_empty() -> None:
    assert await page(Leader([]), END) == []
