"""The guard of instructions: what moved by more than a tenth is named, and what to do about it."""

from __future__ import annotations

import json

from bench.instructions import BASELINE, changed
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
