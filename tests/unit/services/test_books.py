"""What is booked is what the log has acknowledged; only a loss leaves a difference."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.services.conftest import as_raw
from tracehub.model.record import Placed, Received
from tracehub.services.books import Books
from tracehub.services.exchange import Exchange
from tracehub.services.lane import Lane
from tracehub.services.turn import Part
from tracehub.telemetry.metrics import Metrics

PLACE = ("raw.food.provincial.zhejiang", 2)
WHO = {"stage": "exchange", "connection": "provincial/zhejiang"}


def landed(tried: Sequence[Received], placed: Placed) -> Part:
    return Part(PLACE, Lane(0, 0), tried, tried, (), placed)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, {**WHO, **labels})


async def test_difference_when_the_exchange_runs_is_nothing_for_good_and_bad(
    exchange: Exchange, metrics: Metrics, document: dict[str, Any]
) -> None:
    bad = json.loads(json.dumps(document))
    bad["epcisBody"]["eventList"][0]["eventTime"] = "yesterday"
    texts = [json.dumps(document).encode(), json.dumps(bad).encode(), b"{"]
    batch = [as_raw(text, offset=7 + number) for number, text in enumerate(texts)]
    for _ in range(2):  # staged again after a failed publish: booked once
        settled = await exchange.stage(batch)
    exchange.books.landed(landed(batch, settled.placed))
    assert value(metrics, "tracehub_due_events_total") == 3
    assert value(metrics, "tracehub_settled_events_total", fate="canonical") == 1
    assert value(metrics, "tracehub_settled_events_total", fate="dead-letter") == 2
    assert value(metrics, "tracehub_unaccounted_events") == 0


@pytest.mark.parametrize("lost", ["event.", "dead-letter."])
async def test_difference_when_an_output_is_lost_is_told(
    exchange: Exchange, metrics: Metrics, document: dict[str, Any], lost: str
) -> None:
    batch = [as_raw(json.dumps(document).encode()), as_raw(b"{", offset=8)]
    placed = (await exchange.stage(batch)).placed
    kept = {place: rows for place, rows in placed.items() if not place[0].startswith(lost)}
    exchange.books.landed(landed(batch, kept))
    assert value(metrics, "tracehub_unaccounted_events") == 1


def test_books_when_batches_never_land_stay_small(metrics: Metrics) -> None:
    books = Books("exchange", metrics)
    for offset in range(100):
        books.note(as_raw(b"", offset=offset), "provincial/zhejiang", 1)
    assert [len(each) for each in books._due.values()] == [4]
    books.landed(landed([as_raw(b"", offset=5)], {}))
    assert value(metrics, "tracehub_due_events_total") is None
