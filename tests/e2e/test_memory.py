"""Memory stays flat: the exchange holds no events, only the batch in hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.conftest import services
from tracehub.app import judgement
from tracehub.bus import topics
from tracehub.model.record import Record
from tracehub.normalise.normaliser import Source
from tracehub.normalise.verdict import Accepted
from tracehub.testing.rehearsal import Rehearsal, stage
from tracehub.testing.traffic import traffic

EVENTS = 200_000
CEILING_MIB = 256
_BATCH = 2_000
_KINDS = 1_000


def canonical(rehearsal: Rehearsal) -> list[Record]:
    """A thousand different canonical records: the test is about room, and they take no parsing."""
    judged = judgement(rehearsal.settings)
    found = []
    for sent in traffic(_KINDS, seed=9, bad=0.0):
        source = Source(sent.category, judged.connections[sent.connection])
        for item in judged.normaliser.normalise(sent.value, source):
            assert isinstance(item, Accepted)
            topic = topics.raw(sent.category, sent.connection)
            found.append(Record(topic, sent.key, item.value))
    return found


@pytest.mark.timeout(480)
async def test_exchange_when_many_events_pass_stays_under_its_ceiling(tmp_path: Path) -> None:
    bus = {"engine": "sqlite", "path": "hub.db", "partitions": 4}
    async with (
        stage(tmp_path, bus) as rehearsal,
        services(rehearsal.settings_file, "exchange") as running,
    ):
        records = canonical(rehearsal)
        wanted = [topics.event(category) for category in ("food", "drug", "agri-food")]
        for first in range(0, EVENTS, _BATCH):
            batch = [records[(first + n) % len(records)] for n in range(_BATCH)]
            await rehearsal.bus.publish(batch)
        done = 0
        while done < EVENTS:
            await asyncio.sleep(0.5)
            done = sum([sum(await rehearsal.bus.ends(topic)) for topic in wanted])
        held = running.memory_mib("exchange")
    # The few markers of outputs at rest lie on the same topics.
    assert EVENTS <= done < 1.01 * EVENTS
    assert held < CEILING_MIB, f"{held:.0f} MiB"
