"""The guard of instructions: what moved by more than a tenth is named, and what to do about it."""

from __future__ import annotations

import json

import pytest

from bench.instructions import BASELINE, _counts, changed, too_dear
from bench.overhead import NO_INDEX, NO_METRICS, NO_TRACING, WHOLE, Driven, shares
from tracehub.testing.load_hub import make_load
from tracehub.testing.offline import batches
from tracehub.testing.price import LANES


def test_counts_that_moved_by_more_than_a_tenth_are_named() -> None:
    baseline = {"pass (generated)": 30.0, "epcis-json (generated)": 300.0}
    assert not changed(baseline, {"pass (generated)": 32.9, "epcis-json (generated)": 271.0})
    more, fewer = changed(baseline, {"pass (generated)": 36.0, "epcis-json (generated)": 150.0})
    assert "pass (generated): 20% more" in more
    assert "epcis-json (generated): 50% fewer" in fewer
    assert "make baseline" in more


def test_counts_without_a_baseline_say_how_to_get_one() -> None:
    assert changed(None, {"pass (generated)": 1.0}) == [
        "there are no counts for this Python: make baseline"
    ]
    assert "not in the baseline" in changed({}, {"pass (compiled)": 1.0})[0]


def test_baseline_has_every_lane() -> None:
    for counts in json.loads(BASELINE.read_text("utf-8")).values():
        assert {name.partition(" ")[0] for name in counts} == LANES.keys()


def test_what_watches_the_exchange_at_more_than_its_due_is_named() -> None:
    dear = {WHOLE: 100.0, NO_METRICS: 95.0, NO_TRACING: 99.9}
    assert shares(dear) == {
        "metrics": pytest.approx(0.05),
        "tracing that is off": pytest.approx(0.001),
    }
    assert [each.partition(":")[0] for each in too_dear(dear)] == ["metrics"]
    assert too_dear({**dear, NO_METRICS: 98.0}) == []
    assert too_dear({"pass (generated)": 1.0}) == []


def test_counts_are_of_one_event_more_in_turns_of_the_plain_loop() -> None:
    steps = [("plain", 1), ("plain", 2), ("pass (generated)", 1), ("pass (generated)", 2)]
    steps += [(WHOLE, each) for each in (1, 2, 1, 2)]
    # Of the loop 2000 turns, of a lane 60 events and of the pump 500 are what one more means.
    steps += [(NO_METRICS, each) for each in (1, 2, 1, 2)]
    totals = [500, 2500, 70, 130, 9000, 11000, 10000, 11500, 9000, 10600, 9800, 11000]
    assert _counts(steps, totals) == {"pass (generated)": 1.0, WHOLE: 3.0, NO_METRICS: 2.4}


@pytest.mark.parametrize("name", [WHOLE, NO_METRICS, NO_TRACING, NO_INDEX])
async def test_pump_without_metrics_tracing_or_index_sends_the_same_records(name: str) -> None:
    lane = LANES["pass"]
    load = make_load(lane.shape, "canonical")
    driven = Driven(lane.settings({"engine": "sqlite"}), name)
    await driven.take(list(batches(load, 400, 50)))
    due = {topic: tally.count for topic, tally in load.due().items()}
    assert {topic: driven.bus.published[topic] for topic in due} == due
    counted = b"tracehub_events_total{" in driven.metrics.exposition()
    assert counted == (name != NO_METRICS)
