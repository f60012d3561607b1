"""When a member asks a broker: at once after a pause, a moment later while little comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import consumer
from aiokafka.consumer.subscription_state import Assignment, SubscriptionState
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from tracehub.bus.kafka_pacing import EVERY_S, LITTLE, PacedFetcher, pace_asking
from tracehub.testing.clock import ManualClock

PLACE = TopicPartition("raw.food.a", 0)


def batch(size: int) -> bytes:
    fields: dict[str, int] = dict.fromkeys(("producer_id", "producer_epoch", "base_sequence"), -1)
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, batch_size=2 * LITTLE, **fields
    )
    builder.append(0, 1_700_000_000_000, b"k", bytes(size), [])
    return bytes(builder.build())


class Stand:
    """A member of one partition, and a broker whose answers hold what they are told to."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.data = b""
        self.asked_s: list[float] = []
        self._loop, self._metadata_max_age_ms = asyncio.get_running_loop(), 1000
        self.cluster = SimpleNamespace(leader_for_partition=lambda _place: 1)
        self.assignment = Assignment({PLACE})
        self.assignment.state_value(PLACE).reset_to(0)
        self.fetcher: Any = PacedFetcher(self, SubscriptionState(), clock=self.clock)

    async def send(self, _node: int, _request: Any) -> Any:
        self.asked_s.append(self.clock.monotonic_s())
        told: Any = (0, 0, 1, 1, 0, [], -1, self.data)
        return SimpleNamespace(topics=[(PLACE.topic, [told])], API_VERSION=11)

    async def ask(self, data: bytes = b"", *, node: int = 1) -> Any:
        """Ask, and take all that was told."""
        self.data = data
        self.fetcher._records.clear()
        request = FetchRequest(100, 1, 1000, 1, [(PLACE.topic, [(0, 0, 1000)])])
        return await self.fetcher._proc_fetch_request(self.assignment, node, request)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    made = Stand()
    yield made
    await made.fetcher.close()


async def test_member_when_little_was_told_asks_again_a_moment_later(stand: Stand) -> None:
    assert await stand.ask(batch(10))
    await stand.clock.advance(EVERY_S / 4)
    asking = asyncio.create_task(stand.ask(batch(10)))
    await stand.clock.advance(EVERY_S / 2)
    assert stand.asked_s == [0.0]
    await stand.clock.advance(EVERY_S / 4)
    assert await asking
    assert stand.asked_s == pytest.approx([0.0, EVERY_S])


@pytest.mark.parametrize("data", [b"", batch(LITTLE)], ids=["nothing", "much"])
async def test_member_when_nothing_or_much_was_told_asks_again_at_once(
    stand: Stand, data: bytes
) -> None:
    for _ in range(2):
        await stand.ask(data)
    assert (stand.asked_s, stand.clock.slept_s) == ([0.0, 0.0], [])


async def test_member_after_a_pause_asks_at_once(stand: Stand) -> None:
    await stand.ask(batch(10))
    await stand.clock.advance(EVERY_S)
    await stand.ask(batch(10))
    assert stand.clock.slept_s == []


async def test_member_asks_each_broker_in_its_own_time(stand: Stand) -> None:
    await stand.ask(batch(10), node=1)
    await stand.ask(batch(10), node=2)
    assert stand.asked_s == [0.0, 0.0]


async def test_member_when_its_partitions_move_while_it_waits_asks_no_more(stand: Stand) -> None:
    await stand.ask(batch(10))
    asking = asyncio.create_task(stand.ask(batch(10)))
    await stand.clock.advance(EVERY_S / 2)
    asking.cancel()
    assert not await asking
    assert stand.asked_s == [0.0]


def test_member_when_what_a_broker_told_lies_ready_looks_at_no_partition(stand: Stand) -> None:
    fetcher = stand.fetcher
    requests, resets, wait_s, *_ = fetcher.due(stand.assignment)
    ((node, request),) = requests
    assert (node, request.topics, resets, wait_s) == (
        1,
        [(PLACE.topic, [(0, 0, 1048576)])],
        {},
        0.2,
    )
    fetcher._in_flight.add(1)
    assert fetcher.due(None) == ([], {}, 0.2, False, [])
    fetcher._in_flight.clear()
    fetcher._records[PLACE] = SimpleNamespace(calculate_backoff=lambda: 0.05)
    assert fetcher.due(None) == ([], {}, 0.05, False, [])
    fetcher._records[PLACE] = SimpleNamespace(calculate_backoff=lambda: 0)
    assert fetcher.due(stand.assignment)[:3] == ([], {}, 0.2)
    fetcher._records.clear()
    assert len(fetcher.due(stand.assignment)[0]) == 1


async def test_member_when_asked_what_lies_ready_tells_of_those_partitions_alone(
    stand: Stand,
) -> None:
    assert await stand.ask(batch(10))
    stand.fetcher._subscriptions = SimpleNamespace(
        reassignment_in_progress=False, is_assigned=lambda _place: True
    )
    assert await stand.fetcher.fetched_records([PLACE._replace(partition=1)]) == {}
    assert [*await stand.fetcher.fetched_records([PLACE])] == [PLACE]


def test_consumers_of_this_process_ask_so() -> None:
    pace_asking()
    assert consumer.Fetcher is PacedFetcher
