"""A realistic batch in each shipped format, a tenth of it spoiled, through the hub on its log.

Every defect is a dead letter with its own rule, every good record arrives, and each event that
arrived, written in the format it came in, is the record that was published.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from ruamel.yaml import YAML

from tests.e2e.conftest import Section
from tests.mapped.chance import Chance
from tests.mapped.defects import defects
from tests.mapped.formats import FORMATS
from tracehub.app import Edges, judgement, open_bus, run, topic_specs
from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import Codec
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.event import Event
from tracehub.model.facts import facts_of
from tracehub.model.record import Position, Record
from tracehub.model.sequence import MARKER_ITEM
from tracehub.normalise.formats import xml_text, xml_tree
from tracehub.normalise.mapping_shipped import shipped
from tracehub.services import dead_letter
from tracehub.services.waiting import whole
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.observer import Observer

CATEGORIES = sorted({form.category for form in FORMATS.values()})
FEWEST = 200
ONE_IN = 10


class Sent(NamedTuple):
    """One published record, and the rule that must refuse it; empty when it is good."""

    name: str
    value: bytes
    rule: str


def batch(name: str) -> list[Sent]:
    """At least 200 records, a tenth of them spoiled, every kind of defect among them."""
    form, chance = FORMATS[name], Chance(name)
    kinds = defects(name)
    spoiled = [kind.spoil(form, form.record(chance)) for kind in kinds]
    bad = [Sent(name, *each) for each in zip(spoiled, (kind.rule for kind in kinds), strict=True)]
    count = max(FEWEST, ONE_IN * len(bad)) - len(bad)
    good = [Sent(name, form.document(form.record(chance)), "") for _ in range(count)]
    mixed = [*bad, *good]
    chance.shuffle(mixed)
    return mixed


def hub(folder: Path, section: Section) -> Settings:
    """A hub with one publisher for each shipped table."""
    connections = {
        f"third-party/{name}": {
            "direction": "in",
            "region": "330000",
            "categories": [form.category],
            "format": "mapped",
            "mapping": name,
        }
        for name, form in FORMATS.items()
    }
    path = folder / "hub.yaml"
    with path.open("w", encoding="utf-8") as out:
        YAML().dump({"bus": dict(section), "connections": connections}, out)
    return load_settings(path)


@pytest.mark.parametrize("log_section", ["kafka"], indirect=True)
async def test_batch_in_every_shipped_format_is_judged_record_by_record_and_comes_back(
    tmp_path: Path, log_section: Section
) -> None:
    settings = hub(tmp_path, log_section)
    sent = [each for name in sorted(FORMATS) for each in batch(name)]
    catalogue = judgement(settings).catalogue
    edges = Edges(silent())
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
        await bus.publish([Record(_raw(each.name), each.value[-64:], each.value) for each in sent])
        running = asyncio.create_task(run(settings, ["exchange"], edges))
        async with asyncio.timeout(200):
            observer = Observer(bus, catalogue, settings.models())
            while (await observer.look()).published < len(sent) and not running.done():
                await asyncio.sleep(0.2)
        edges.stopping.set()
        await running
        raw = await _published(bus)
        refused = [(*raw[at], rule) async for at, rule in _refused(bus, catalogue)]
        arrived = [(*raw[at], event) async for at, event in _arrived(bus, catalogue)]
    assert sorted(refused) == sorted(each for each in sent if each.rule)
    good = sorted((each.name, each.value) for each in sent if not each.rule)
    assert sorted((name, value) for name, value, _ in arrived) == good
    for name, value, event in arrived:
        assert _written(name, event) == _tree(name, value)


def _raw(name: str) -> str:
    return topics.raw(FORMATS[name].category, f"third-party/{name}")


async def _published(bus: Bus) -> dict[Position, tuple[str, bytes]]:
    return {
        received.position: (name, received.value)
        for name in FORMATS
        async for received in whole(bus, _raw(name))
    }


async def _refused(bus: Bus, catalogue: Catalogue) -> AsyncIterator[tuple[Position, str]]:
    """Where each refused record lies, and the first reason."""
    for name in FORMATS:
        async for received in whole(bus, topics.dead_letter(f"third-party/{name}")):
            letter = dead_letter.read(received.value, catalogue)
            yield letter.position, letter.code


async def _arrived(bus: Bus, catalogue: Catalogue) -> AsyncIterator[tuple[Position, Event]]:
    """Where the record of each canonical event lies, and the event."""
    codec = Codec(catalogue)
    for category in CATEGORIES:
        async for received in whole(bus, topics.event(category)):
            facts = facts_of(received.headers)
            if facts.item != MARKER_ITEM:
                yield facts.position, codec.decode(received.value).event


def _written(name: str, event: Event) -> Any:
    mapping = shipped(name)
    (document,) = mapping.documents([event])
    return _tree(name, mapping.bytes_of(document))


def _tree(name: str, value: bytes) -> Any:
    return xml_tree.tree(xml_text.parse(value)) if FORMATS[name].root else orjson.loads(value)
