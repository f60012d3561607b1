"""What a pump holds: keys that wait, and nobody else, until a partition holds too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.contract.test_pump import (
    committed,
    committed_at,
    copied,
    each,
    publish,
    pump,
    running,
    values,
)
from tracehub.bus.port import TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.errors import RetryError
from tracehub.model.outcome import Outcome, Retry
from tracehub.model.record import Received
from tracehub.services import lane


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[SqliteBus]:
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock()) as bus:
        await bus.ensure([TopicSpec(name, 1) for name in ("in", "out", "dead")])
        yield bus


async def test_key_when_it_waits_does_not_hold_up_later_batches(bus: SqliteBus) -> None:
    ready = asyncio.Event()

    def decide(received: Received) -> Outcome:
        if received.key == b"a" and not ready.is_set():
            return Retry(RetryError("away"))
        return copied(received)

    await publish(bus, "a1", "b1")
    async with running(pump(bus, each(decide)), bus):
        assert await values(bus, "out", 1) == ["b1"]
        await publish(bus, "a2", "c1")
        assert await values(bus, "out", 2) == ["b1", "c1"]
        assert await committed(bus) == 0
        ready.set()
        assert await values(bus, "out", 4) == ["b1", "c1", "a1", "a2"]
        await committed_at(bus, 4)


async def test_partition_when_it_holds_too_much_is_read_no_further_until_there_is_room(
    bus: SqliteBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "MOST_HELD", 2)
    ready = asyncio.Event()
    seen: list[str] = []

    def decide(received: Received) -> Outcome:
        seen.append(received.value.decode())
        return copied(received) if ready.is_set() else Retry(RetryError("away"))

    await publish(bus, "a1", "b1")
    async with running(pump(bus, each(decide)), bus):
        while "b1" not in seen:
            await asyncio.sleep(0.005)
        await publish(bus, "c1")
        await asyncio.sleep(0.1)
        assert set(seen) == {"a1", "b1"}
        ready.set()
        assert await values(bus, "out", 3) == ["a1", "b1", "c1"]
        await committed_at(bus, 3)


async def test_records_when_tried_again_are_counted_with_the_age_of_the_oldest(
    bus: SqliteBus,
) -> None:
    answers = iter([Retry(RetryError("busy")), Retry(RetryError("busy"))])
    shown: list[dict[str, float | None]] = []

    def decide(received: Received) -> Outcome:
        registry, labels = tried.metrics.registry, {"service": "p"}
        names = ("tracehub_held_records", "tracehub_oldest_record_timestamp_seconds")
        shown.append({name: registry.get_sample_value(name, labels) for name in names})
        return next(answers, None) or copied(received)

    await publish(bus, "a1")
    (first,) = await bus.read("in", 0, 0, 1)
    tried = pump(bus, each(decide))
    async with running(tried, bus):
        await committed_at(bus, 1)
    assert [each["tracehub_held_records"] for each in shown] == [0, 1, 1]
    ages = {each["tracehub_oldest_record_timestamp_seconds"] for each in shown}
    assert ages == {first.appended_at / 1000}
    sample = tried.metrics.registry.get_sample_value
    assert sample("tracehub_oldest_record_timestamp_seconds", {"service": "p"}) == 0


async def test_topic_when_it_shall_rest_is_read_no_further_for_so_long(bus: SqliteBus) -> None:
    rests = iter([0.3])
    seen: list[tuple[float, str]] = []

    def decide(received: Received) -> Outcome:
        seen.append((asyncio.get_running_loop().time(), received.value.decode()))
        return copied(received)

    await publish(bus, "a1")
    async with running(pump(bus, each(decide), lambda _topic: next(rests, 0.0)), bus):
        await committed_at(bus, 1)
        await publish(bus, "b1")
        await committed_at(bus, 2)
    (first, _), (second, _) = seen
    assert second - first >= 0.3


async def test_batch_when_some_of_it_waits_is_shown_whole_and_in_order(bus: SqliteBus) -> None:
    ready = asyncio.Event()
    shown: list[str] = []

    async def arrived(batch: Sequence[Received]) -> None:
        shown.extend(received.value.decode() for received in batch)

    def decide(received: Received) -> Outcome:
        if received.key == b"a" and not ready.is_set():
            return Retry(RetryError("away"))
        return copied(received)

    await publish(bus, "a1")
    async with running(pump(bus, each(decide), arrived=arrived), bus):
        while not shown:
            await asyncio.sleep(0.005)
        await publish(bus, "a2", "b1")
        assert await values(bus, "out", 1) == ["b1"]
        ready.set()
        assert await values(bus, "out", 3) == ["b1", "a1", "a2"]
    assert shown == ["a1", "a2", "b1"]
