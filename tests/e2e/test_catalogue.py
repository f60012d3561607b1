"""A product list published while the hub runs: every partition takes it at one recorded offset."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.e2e.conftest import Section
from tracehub.app import Edges, exchange_stage, judgement, open_bus, topic_specs
from tracehub.app import run as run_services
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.catalogue.entry import ProductList
from tracehub.catalogue.load import load_list
from tracehub.errors import ConfigError
from tracehub.model.facts import facts_of
from tracehub.model.record import Received, Record, records_of
from tracehub.model.sequence import MARKER_ITEM
from tracehub.services.dead_letter import read
from tracehub.services.editions import publish_list
from tracehub.services.exchange import Exchange
from tracehub.services.switches import recorded
from tracehub.services.waiting import stretch, whole
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.clock import ManualClock

CATEGORY, PUBLISHER, RECEIVER = "local-specialty", "provincial/zhejiang", "third-party/portal"
RAW = topics.raw(CATEGORY, PUBLISHER)
PARTITIONS = 4
HEAD = 'list: "330000"\nversion: "{0}"\ntitle: t\nsource: s\nentries:\n'
ENTRY = "  - {category: local-specialty, title: tea, source: s"
OPENED = HEAD.format(1) + ENTRY + "}\n"
TIGHTENED = (
    HEAD.format(2) + ENTRY + ", identifiers: [{name: certificate, level: refuse, source: s}]}\n"
)
LOOSE = HEAD.format(3) + ENTRY + ", fields: [{name: region_of_origin, level: note, source: s}]}\n"


def a_list(text: str) -> ProductList:
    return load_list(text, "zhejiang.yaml")


def document(number: int) -> bytes:
    event = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": "2026-07-01T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [f"urn:example:tea:{number}"],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "tracehub:region_of_origin": "西湖",
        "tracehub:addressee": RECEIVER,
    }
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"tracehub": "urn:tracehub:v1:"},
    ]
    return json.dumps(
        {
            "@context": context,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-07-01T08:00:00.000+08:00",
            "epcisBody": {"eventList": [event]},
        }
    ).encode()


class Feed:
    """Publishes numbered documents, one more to every partition each time."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.number = 0

    async def more(self) -> None:
        """One document for each partition."""
        records = []
        for partition in range(PARTITIONS):
            self.number += 1
            records.append(Record(RAW, b"k", document(self.number), partition=partition))
        await self._bus.publish(records)

    async def until(self, fact: Callable[[], Awaitable[bool]]) -> None:
        """Go on publishing until something is so."""
        while not await fact():
            await self.more()
            await asyncio.sleep(0.05)


Verdicts = Mapping[int, Mapping[int, bytes]]
"""Partition -> raw offset -> the catalogue's version of an accepted event, empty when refused."""


async def verdicts(bus: Bus) -> Verdicts:
    """What became of every raw record so far."""
    found: dict[int, dict[int, bytes]] = {number: {} for number in range(PARTITIONS)}
    async for each in whole(bus, topics.event(CATEGORY)):
        facts = facts_of(each.headers)
        if facts.item != MARKER_ITEM:
            found[each.partition][facts.position.offset] = facts.catalogue_version
    async for each in whole(bus, topics.dead_letter(PUBLISHER)):
        found[each.partition].setdefault(_refused_offset(each), b"")
    return found


def _refused_offset(letter: Received) -> int:
    """Which raw record a dead letter is of."""
    return read(letter.value, CATALOGUE).position.offset


CATALOGUE = judgement(Settings()).catalogue


def newest(found: Verdicts) -> list[bytes]:
    return [each[max(each)] if each else b"-" for each in found.values()]


async def test_verdicts_when_a_list_is_published_change_at_one_recorded_offset_per_partition(
    tmp_path: Path, log_section: Section, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = hub(log_section)
    judged = judgement(settings)
    files = judged.normaliser.tables.edition.version
    edges = Edges(silent())
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
        running = asyncio.create_task(run_services(settings, ["exchange"], edges))
        feed = Feed(bus)
        await feed.until(_is_newest(bus, {b""}))
        opened = await publish_list(bus, a_list(OPENED), judged.normaliser, silent())
        await feed.until(_is_newest(bus, {opened.version}))
        tightened = await publish_list(bus, a_list(TIGHTENED), judged.normaliser, silent())
        with pytest.raises(ConfigError, match=r"zhejiang\.yaml:6.*national\.yaml"):
            await publish_list(bus, a_list(LOOSE), judged.normaliser, silent())
        await feed.until(_is_newest(bus, {b""}))
        await _all_judged(bus)
        edges.stopping.set()
        await running
        found = await verdicts(bus)
        switches = await recorded(bus, silent())
        for partition in range(PARTITIONS):
            held = switches[RAW, partition]
            assert [each.edition for each in held] == [
                each.hex() for each in (files, opened.version, tightened.version)
            ]
            start, end = held[1].first, held[2].first
            expected = {
                offset: opened.version if start <= offset < end else b""
                for offset in found[partition]
            }
            assert found[partition] == expected
            assert 0 < start < end <= max(found[partition])
        await _replayed_the_same(bus, settings)


def hub(section: Section) -> Settings:
    return Settings.model_validate(
        {
            "bus": dict(section),
            "services": {"flood_rest_s": 0},
            "connections": {
                PUBLISHER: {"tier": "province", "region": "330000", "categories": [CATEGORY]},
                RECEIVER: {"categories": [CATEGORY], "direction": "out"},
            },
        }
    )


def _is_newest(bus: Bus, wanted: set[bytes]) -> Callable[[], Awaitable[bool]]:
    async def is_newest() -> bool:
        return set(newest(await verdicts(bus))) == wanted

    return is_newest


async def _all_judged(bus: Bus) -> None:
    while [len(each) for each in (await verdicts(bus)).values()] != list(await bus.ends(RAW)):
        await asyncio.sleep(0.05)


async def _replayed_the_same(bus: Bus, settings: Settings) -> None:
    """Another member judges every raw record again, in batches of another size."""
    edges = Edges(silent(), clock=ManualClock(0))
    exchange = exchange_stage(settings, judgement(settings), bus, edges)
    await exchange.switches.editions.look()
    for partition, end in enumerate(await bus.ends(RAW)):
        raw = [each async for each in stretch(bus, RAW, partition, 0, end)]
        again: list[Record] = []
        for start in range(0, len(raw), 7):
            again += await _outputs(exchange, raw[start : start + 7])
        for topic in (
            topics.event(CATEGORY),
            topics.deliver(RECEIVER),
            topics.dead_letter(PUBLISHER),
        ):
            assert [each for each in again if each.topic == topic] == await _kept(
                bus, topic, partition
            )


async def _outputs(exchange: Exchange, batch: Sequence[Received]) -> list[Record]:
    settled = await exchange.stage(batch)
    exchange.passed(batch[-1])
    return [each for each in records_of(settled.placed) if each.topic != topics.STATE_EXCHANGE]


async def _kept(bus: Bus, topic: str, partition: int) -> list[Record]:
    end = (await bus.ends(topic))[partition]
    return [
        Record(topic, each.key, each.value, each.headers, partition)
        async for each in stretch(bus, topic, partition, 0, end)
        if each.value
    ]
