"""A credit change flags what comes after it in every process of the exchange, also after a kill."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.unit.services.test_credit import CHANGE, CONNECTIONS, ENFORCEMENT, SHIPMENT, STORY
from tracehub.app import Edges, open_bus, topic_specs
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.facts import facts_of
from tracehub.model.record import Record
from tracehub.model.sequence import MARKER_ITEM
from tracehub.services.editions import FROM_FILES
from tracehub.services.switches import recorded
from tracehub.services.waiting import whole
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.consignment_step import CATEGORY
from tracehub.testing.processes import Member

PARTITIONS = 4


async def ship(bus: Bus, name: str) -> None:
    """One shipment on every partition, so that every process judges some."""
    value = STORY[name].value
    await bus.publish([Record(SHIPMENT, b"", value, (), each) for each in range(PARTITIONS)])


async def outputs(bus: Bus, topic: str) -> Sequence[int]:
    """The raw partitions of all events on a topic; what a killed process repeats counts once."""
    found = set()
    async for each in whole(bus, topic):
        facts = facts_of(each.headers)
        if facts.item != MARKER_ITEM:
            found.add(facts.position)
    return sorted(each.partition for each in found)


async def judged(bus: Bus, count: int) -> None:
    while len(await outputs(bus, topics.event(CATEGORY))) < count:
        await asyncio.sleep(0.05)


async def in_force(bus: Bus) -> None:
    """Once a switch to the changed table is recorded for each partition of the shipments."""
    places = {(SHIPMENT, each) for each in range(PARTITIONS)}
    while True:
        found = await recorded(bus, silent())
        if all(each in found and found[each][-1].ordinal > FROM_FILES for each in places):
            return
        await asyncio.sleep(0.05)


@pytest.mark.timeout(240)
async def test_change_when_processes_are_killed_after_it_flags_in_all_that_take_over(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hub.yaml"
    bus_section = {"engine": "sqlite", "path": "hub.db", "partitions": PARTITIONS}
    tree = {"bus": bus_section, "services": {"http_port": 0}, "connections": CONNECTIONS}
    path.write_text(json.dumps(tree), "utf-8")
    settings = load_settings(path)
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(open_bus(settings, Edges(silent()).clock))
        await bus.ensure(topic_specs(settings))
        members = [Member(path, "exchange", tmp_path / f"{each}.log") for each in range(2)]
        for member in members:
            await member.start()
            stack.push_async_callback(member.kill)
        await ship(bus, "flagged")
        await judged(bus, PARTITIONS)
        assert await outputs(bus, ENFORCEMENT) == []

        await bus.publish([Record(CHANGE, b"", STORY["credit"].value, (), 0)])
        await in_force(bus)
        await ship(bus, "flagged")
        await judged(bus, 2 * PARTITIONS + 1)
        assert await outputs(bus, ENFORCEMENT) == [*range(PARTITIONS)]

        for member in members:
            await member.kill()
            await member.start()
        await ship(bus, "flagged")
        await ship(bus, "late")
        await judged(bus, 4 * PARTITIONS + 1)
        assert await outputs(bus, ENFORCEMENT) == sorted([*range(PARTITIONS)] * 2)
