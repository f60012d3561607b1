"""Collecting: pages become raw records, and the cursor is saved only after they are durable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tracehub.bus import topics
from tracehub.bus.port import Bus, TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.connect.port import Collected, Page
from tracehub.errors import RetryError
from tracehub.model.record import Record
from tracehub.services.collect import Collect
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import silent

LAB = "inspection/lab"
RAW = topics.raw("food", LAB)


class System:
    """Hands out its documents two at a time; fails as often as it is told."""

    def __init__(self, *documents: str, category: str = "food", failures: int = 0) -> None:
        self.documents, self.category, self.failures = documents, category, failures
        self.asked: list[str] = []

    async def collect(self, cursor: str) -> Page:
        self.asked.append(cursor)
        if self.failures:
            self.failures -= 1
            raise RetryError("away")
        first = int(cursor or 0)
        found = self.documents[first : first + 2]
        records = tuple(Collected(self.category, b"k", each.encode()) for each in found)
        return Page(records, str(first + len(found)) if found else cursor)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock()) as bus:
        await bus.ensure(
            [TopicSpec(RAW, 1), TopicSpec(topics.state_collect(LAB), 2, compacted=True)]
        )
        yield bus


def collect(bus: Bus, system: System) -> Collect:
    def backoff(_tries: int) -> float:
        return 0.005

    return Collect(
        LAB,
        ("food",),
        system,
        bus,
        SystemClock(),
        0.01,
        backoff,
        silent(),
        Pulse(),
        asyncio.Event(),
    )


async def run_until(service: Collect, bus: Bus, records: int) -> list[str]:
    working = asyncio.create_task(service.run())
    async with asyncio.timeout(60):
        while (await bus.ends(RAW))[0] < records:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    service.stopping.set()
    await asyncio.wait_for(working, 60)
    return [record.value.decode() for record in await bus.read(RAW, 0, 0, 100)]


async def test_pages_when_collected_become_raw_records_in_order(bus: Bus) -> None:
    assert await run_until(collect(bus, System("a", "b", "c")), bus, 3) == ["a", "b", "c"]


async def test_collect_when_started_again_goes_on_at_the_saved_cursor(bus: Bus) -> None:
    await run_until(collect(bus, System("a", "b", "c")), bus, 3)
    again = System("a", "b", "c", "d")
    assert await run_until(collect(bus, again), bus, 4) == ["a", "b", "c", "d"]
    assert again.asked[0] == "3"


async def test_collect_when_the_system_is_away_asks_for_the_same_page_again(bus: Bus) -> None:
    system = System("a", failures=3)
    assert await run_until(collect(bus, system), bus, 1) == ["a"]
    assert system.asked[:4] == ["", "", "", ""]


async def test_record_when_of_a_category_not_listed_stops_the_cursor_and_loses_nothing(
    bus: Bus,
) -> None:
    system = System("a", category="drug")
    service = collect(bus, system)
    working = asyncio.create_task(service.run())
    async with asyncio.timeout(60):
        while len(system.asked) < 2:
            await asyncio.sleep(0.005)
    service.stopping.set()
    await asyncio.wait_for(working, 60)
    assert await bus.ends(RAW) == (0,)
    assert set(system.asked) == {""}


class Dying:
    """A log whose client dies when it is to save a cursor: the records before are there."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def publish(self, records: Sequence[Record]) -> None:
        if any(each.topic == topics.state_collect(LAB) for each in records):
            raise asyncio.CancelledError
        await self._bus.publish(records)


async def killed_before_the_cursor_is_saved(bus: Bus, system: System) -> None:
    dying: Any = Dying(bus)
    with suppress(asyncio.CancelledError):
        await collect(dying, system).run()


async def test_page_when_its_process_died_before_the_cursor_was_saved_lies_there_once(
    bus: Bus,
) -> None:
    """Also one that holds a document twice, or one that was in a page before."""
    await killed_before_the_cursor_is_saved(bus, System("a", "a"))
    assert await bus.ends(RAW) == (2,)
    again = System("a", "a", "a", "b")
    assert await run_until(collect(bus, again), bus, 4) == ["a", "a", "a", "b"]
    assert again.asked[:2] == ["", "2"]
    await killed_before_the_cursor_is_saved(bus, System("a", "a", "a", "b", "c", "d"))
    await killed_before_the_cursor_is_saved(bus, System("a", "a", "a", "b", "c", "d"))
    last = System("a", "a", "a", "b", "c", "d", "c")
    assert await run_until(collect(bus, last), bus, 7) == ["a", "a", "a", "b", "c", "d", "c"]


async def test_page_when_it_is_another_after_a_crash_is_published_whole(bus: Bus) -> None:
    """What a system says now counts, whatever it said before: nothing may be lost."""
    await killed_before_the_cursor_is_saved(bus, System("a", "b"))
    assert await run_until(collect(bus, System("b", "x")), bus, 3) == ["a", "b", "x"]


async def test_collect_when_the_cursor_says_nothing_of_the_log_compares_nothing(bus: Bus) -> None:
    """So it was saved once; a log of years is not read because of it."""
    await bus.publish([Record(RAW, b"k", b"b"), Record(RAW, b"k", b"c")])
    await bus.publish([Record(topics.state_collect(LAB), LAB.encode(), b"2")])
    assert await run_until(collect(bus, System("x", "x", "b")), bus, 3) == ["b", "c", "b"]


async def test_page_when_others_publish_there_too_is_compared_with_the_last_records(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracehub.services.collect._MOST", 2)
    await bus.publish([Record(RAW, b"k", each) for each in (b"a", b"b", b"c")])
    found = await run_until(collect(bus, System("a", "c")), bus, 4)
    assert found == ["a", "b", "c", "a"]


async def test_system_when_two_processes_collect_is_asked_by_one_at_a_time(bus: Bus) -> None:
    """The other takes over at the saved cursor, and nothing is lost or published twice."""
    documents = [str(number) for number in range(40)]
    systems = [System(*documents), System(*documents)]
    services = [collect(bus, each) for each in systems]
    working = [asyncio.create_task(each.run()) for each in services]
    async with asyncio.timeout(60):
        while (await bus.ends(RAW))[0] < len(documents):
            await asyncio.sleep(0.005)
        (first,) = [index for index, each in enumerate(systems) if each.asked]
        for each in systems:
            each.documents = (*documents, "late")
        services[first].stopping.set()
        await working[first]
        while (await bus.ends(RAW))[0] <= len(documents) or not systems[1 - first].asked:
            await asyncio.sleep(0.005)
    services[1 - first].stopping.set()
    await asyncio.wait_for(working[1 - first], 60)
    found = [record.value.decode() for record in await bus.read(RAW, 0, 0, 100)]
    assert found == [*documents, "late"]
    assert int(systems[1 - first].asked[0]) >= len(documents)
