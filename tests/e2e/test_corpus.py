"""The whole valid corpus through the hub: every system gets what `explain` said, event by event."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.conftest import Section
from tracehub.app import Edges, judgement, run
from tracehub.bus import topics
from tracehub.model.facts import effect_key
from tracehub.model.record import Record
from tracehub.normalise.normaliser import Source
from tracehub.normalise.verdict import Accepted
from tracehub.route.explain import explain
from tracehub.telemetry.log import silent
from tracehub.testing.rehearsal import Rehearsal, stage

PUBLISHERS = (
    ("provincial/zhejiang", "food"),
    ("provincial/guangdong", "drug"),
    ("provincial/sichuan", "agri-food"),
)
Effect = tuple[str, str]


def documents(corpus: Path) -> Iterator[bytes]:
    """Every document of the corpus that its manifest calls valid and that holds events."""
    with (corpus / "manifest.csv").open(encoding="utf-8") as listed:
        for row in csv.DictReader(listed):
            if row["valid"] == "yes" and row["event_count"] != "0":
                yield (corpus / row["path"]).read_bytes()


async def test_corpus_when_fed_arrives_where_explain_said(
    tmp_path: Path, log_section: Section, corpus: Path
) -> None:
    async with stage(tmp_path, log_section) as rehearsal:
        edges = Edges(silent())
        hub = asyncio.create_task(run(rehearsal.settings, ["exchange", "deliver"], edges))
        expected, events = await _feed(rehearsal, list(documents(corpus)))
        async with asyncio.timeout(200):
            while len((await rehearsal.observer.look()).canonical) < events:
                await asyncio.sleep(0.1)
            while _effects(rehearsal) != expected and not hub.done():
                await asyncio.sleep(0.2)
        edges.stopping.set()
        await hub
        assert _effects(rehearsal) == expected
        assert rehearsal.observer.seen.refused == {}
        assert rehearsal.ledger.counts().duplicate_effects == 0
    assert events > 300
    assert len(expected) > 250


async def _feed(rehearsal: Rehearsal, found: list[bytes]) -> tuple[set[Effect], int]:
    """Publish every document; returns the predicted effects and the number of events."""
    judged = judgement(rehearsal.settings)
    expected: set[Effect] = set()
    events = 0
    for number, value in enumerate(found):
        publisher, category = PUBLISHERS[number % len(PUBLISHERS)]
        source = Source(category, judged.connections[publisher])
        for item in judged.normaliser.normalise(value, source):
            assert isinstance(item, Accepted)
            events += 1
            header = item.event.header
            key = effect_key(publisher, header.event_id, header.declared_at).hex()
            routes = explain(judged.table, header, publisher).routes
            expected |= {(key, route.connection) for route in routes}
        await rehearsal.bus.publish([Record(topics.raw(category, publisher), b"", value)])
    return expected, events


def _effects(rehearsal: Rehearsal) -> set[Effect]:
    return {(entry.effect_key, entry.connection) for entry in rehearsal.ledger.entries()}
