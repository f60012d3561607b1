"""A pure half of a small hub, and records as they lie on its topics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tracehub.app import Judgement, judgement
from tracehub.bus import topics
from tracehub.model.record import Received
from tracehub.services.dead_letter import Writer
from tracehub.services.exchange import Exchange
from tracehub.settings import Settings
from tracehub.telemetry.metrics import Metrics

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
def exchange(judged: Judgement, metrics: Metrics) -> Exchange:
    return Exchange(
        judged.codec,
        judged.normaliser,
        judged.table,
        judged.connections,
        Writer(judged.catalogue, "exchange", judged.version),
        metrics,
        judged.version,
    )


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
