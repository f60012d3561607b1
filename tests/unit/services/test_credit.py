"""A credit change on the log: who may tell one, from where on it holds; a replay agrees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tracehub.app import Edges, exchange_stage, judgement, topic_specs
from tracehub.bus import topics
from tracehub.bus.limit import MAX_RECORD
from tracehub.bus.port import Bus
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.model.record import Received, Record, records_of
from tracehub.route.credit import NOBODY, Credit
from tracehub.services.credit import KEY, credit_of
from tracehub.services.exchange import Exchange
from tracehub.services.ruling import Ruling, load_ruling
from tracehub.services.switches import recorded
from tracehub.services.waiting import stretch, whole
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.clock import ManualClock
from tracehub.testing.consignment import steps
from tracehub.testing.consignment_step import CATEGORY, GROWER

SHIPMENT = topics.raw(CATEGORY, "provincial/zhejiang")
CHANGE = topics.raw(CATEGORY, "credit/national")
ENFORCEMENT = topics.deliver("enforcement/zhejiang")
CATALOGUE = topics.control(topics.CATALOGUE)
CONNECTIONS: dict[str, Any] = {
    "central/national": {"tier": "central", "region": "000000"},
    "provincial/zhejiang": {"tier": "province", "region": "330000"},
    "provincial/guangdong": {"tier": "province", "region": "440000"},
    "enforcement/zhejiang": {"region": "330000", "format": "mapped"},
    "credit/national": {"region": "000000", "format": "mapped"},
}
SETTINGS = Settings.model_validate(
    {"bus": {"engine": "sqlite", "partitions": 1}, "connections": CONNECTIONS}
)
JUDGED = judgement(SETTINGS)
STORY = {each.name: each for each in steps()}


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock()) as bus:
        await bus.ensure(topic_specs(SETTINGS))
        yield bus


def member(bus: Bus) -> Exchange:
    return exchange_stage(SETTINGS, JUDGED, bus, Edges(silent(), clock=ManualClock(0)))


async def publish(bus: Bus, topic: str, *names: str) -> None:
    await bus.publish([Record(topic, b"", STORY[each].value, partition=0) for each in names])


async def judged(
    bus: Bus, exchange: Exchange, topic: str, first: int, size: int = 100
) -> list[Record]:
    """The outputs of everything from an offset on, in batches."""
    end = (await bus.ends(topic))[0]
    raw = [each async for each in stretch(bus, topic, 0, first, end)]
    found: list[Record] = []
    for start in range(0, len(raw), size):
        batch: Sequence[Received] = raw[start : start + size]
        found += records_of((await exchange.stage(batch)).placed)
        exchange.passed(batch[-1])
    return [each for each in found if each.topic != topics.STATE_EXCHANGE]


def by_topic(records: Sequence[Record]) -> list[tuple[str, bytes, bytes]]:
    """Outputs in the order of each topic; where in a batch one lay tells nothing."""
    found = sorted(records, key=lambda each: each.topic)
    return [(each.topic, each.key, each.value) for each in found]


async def took(bus: Bus, *exchanges: Exchange) -> None:
    """All look at the log, as they do every second."""
    for each in exchanges:
        assert await each.switches.editions.look()
        await each.switches.settle()


async def test_change_when_a_credit_system_publishes_it_flags_what_comes_after_it_and_no_more(
    bus: Bus,
) -> None:
    one, two = member(bus), member(bus)
    await publish(bus, SHIPMENT, "flagged", "flagged")
    before = await judged(bus, one, SHIPMENT, 0)
    assert ENFORCEMENT not in {each.topic for each in before}

    await publish(bus, CHANGE, "credit", "credit")
    told = await judged(bus, one, CHANGE, 0)
    changes = [each for each in told if each.topic == CATALOGUE]
    assert len({each.key for each in changes}) == 1
    await bus.publish(changes)
    await took(bus, one, two)
    repeated = await judged(bus, one, CHANGE, 1)
    assert CATALOGUE not in {each.topic for each in repeated}  # it lies there
    assert (await recorded(bus, silent()))[SHIPMENT, 0][-1].first == 2

    await publish(bus, SHIPMENT, "flagged", "late", "other", "flagged")
    after = await judged(bus, two, SHIPMENT, 2)
    assert sum(each.topic == ENFORCEMENT for each in after) == 2
    again = await judged(bus, member(bus), SHIPMENT, 0, size=5)
    assert by_topic(again) == by_topic([*before, *after])


async def test_change_when_anyone_else_publishes_it_changes_nothing(bus: Bus) -> None:
    exchange = member(bus)
    await publish(bus, CHANGE, "credit")
    (event,) = [
        each
        for each in await judged(bus, exchange, CHANGE, 0)
        if each.topic == topics.event(CATEGORY)
    ]
    await bus.publish([Record(SHIPMENT, b"", event.value, partition=0)])
    found = await judged(bus, exchange, SHIPMENT, 0)
    assert [each.topic for each in found if each.topic == topics.event(CATEGORY)]
    assert CATALOGUE not in {each.topic for each in found}


async def test_change_when_it_holds_no_event_is_left_out_and_the_next_is_taken(bus: Bus) -> None:
    exchange = member(bus)
    await bus.publish([Record(CATALOGUE, KEY + b"x", b"\x00nothing", partition=0)])
    assert not await exchange.switches.editions.look()
    await publish(bus, CHANGE, "credit")
    told = await judged(bus, exchange, CHANGE, 0)
    await bus.publish([each for each in told if each.topic == CATALOGUE])
    await took(bus, exchange)
    assert exchange.switches.editions.ordinal == 1


async def test_table_when_made_from_the_log_holds_the_listed_party(bus: Bus) -> None:
    assert await credit_of(bus, JUDGED.codec, NOBODY) is NOBODY
    await publish(bus, CHANGE, "credit")
    told = await judged(bus, member(bus), CHANGE, 0)
    await bus.publish([each for each in told if each.topic == CATALOGUE])
    credit = await credit_of(bus, JUDGED.codec, NOBODY)
    assert [each.party for each in credit.entries] == [GROWER]
    assert [each.key async for each in whole(bus, CATALOGUE)]

    ruling = Ruling(JUDGED.normaliser.tables.edition, credit)
    again = load_ruling(ruling.dump())
    assert (again.version, again.credit and again.credit.entries) == (
        ruling.version,
        credit.entries,
    )
    crowd = Credit(
        entry._replace(party=str(each)) for each in range(9_000) for entry in credit.entries
    )
    assert len(ruling._replace(credit=crowd).dump()) < MAX_RECORD / 4
    assert ruling.version != Ruling(ruling.lists).version == ruling.lists.version
    assert load_ruling(Ruling(ruling.lists).dump()).version == ruling.lists.version
