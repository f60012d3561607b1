"""A pure half of a small hub, and records as they lie on its topics."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tracehub.app import Edges, Judgement, exchange_stage, judgement
from tracehub.bus import topics
from tracehub.bus.port import Bus, TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.model.facts import facts_of
from tracehub.model.outcome import Emit, Outcome, Reject
from tracehub.model.record import Received, records_of
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Source
from tracehub.services.exchange import Exchange, Tally
from tracehub.services.outputs import Sheet
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.telemetry.metrics import Metrics
from tracehub.testing.clock import ManualClock

ROOT = Path(__file__).parents[3]
CONNECTIONS: dict[str, Any] = {
    "central/national": {"tier": "central", "region": "000000", "disclosure": "public"},
    "provincial/zhejiang": {"tier": "province", "region": "330000", "disclosure": "personal"},
    "provincial/guangdong": {"tier": "province", "region": "440000", "disclosure": "regulator"},
    "provincial/trusted": {"tier": "province", "region": "510000", "trusted": True},
}


@pytest.fixture
def judged() -> Judgement:
    return judgement(Settings.model_validate({"connections": CONNECTIONS}))


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A log with the topics of states and of one delivery."""
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock()) as bus:
        names = [topics.STATE_EXCHANGE, *map(topics.state_deliver, CONNECTIONS)]
        names += [topics.control(topics.CATALOGUE), topics.control(topics.RULES)]
        await bus.ensure([TopicSpec(name, 3, compacted=True) for name in names])
        await bus.ensure(
            [TopicSpec(topics.deliver(each), 3) for each in CONNECTIONS]
            + [TopicSpec(topics.event("food"), 3)]
        )
        yield bus


@pytest.fixture
def exchange(judged: Judgement, metrics: Metrics, bus: Bus) -> Exchange:
    edges = Edges(silent(), clock=ManualClock(0), metrics=metrics)
    return exchange_stage(Settings.model_validate({"connections": CONNECTIONS}), judged, bus, edges)


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/examples/first-event.json").read_text("utf-8"))
    event = found["epcisBody"]["eventList"][0]
    event["tracehub:price"] = "CANARY-41.7 CNY"
    return found


@pytest.fixture
def raw(document: dict[str, Any]) -> Received:
    return as_raw(json.dumps(document).encode())


def as_raw(value: bytes, *, publisher: str = "provincial/zhejiang", offset: int = 7) -> Received:
    """A record on a publisher's topic of food."""
    return Received(topics.raw("food", publisher), b"k", value, (), 2, offset, 1_790_000_000_000)


def judged_as(exchange: Exchange, received: Received, links: Links | None = None) -> Outcome:
    """What becomes of one raw record."""
    category, publisher = topics.source_of(received.topic)
    tally = Tally(Source(category, exchange.connections[publisher]))
    sheet = Sheet(links or Links())
    exchange.judge([received], tally, sheet)
    placed = {(topic, received.partition): rows for topic, rows in sheet.rows().items()}
    records = sorted(records_of(placed), key=lambda each: facts_of(each.headers).item)
    rejects = tuple(error for _, error in sheet.refused)
    if rejects and rejects[0].item is None:
        return Reject(rejects[0])
    return Emit(tuple(records), rejects)
