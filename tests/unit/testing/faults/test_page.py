"""The page of fault runs says what their reports say, and their sum is their sum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tracehub.testing.faults.checker import ANOMALIES
from tracehub.testing.faults.page import page, summed

REPORTS = Path(__file__).parents[4] / "docs/reports"


def published() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REPORTS / "faults.json").read_text("utf-8"))
    return found


def test_page_when_made_again_is_the_published_one() -> None:
    whole = published()
    assert whole == summed(whole["runs"], whole["recovery"])
    assert page(whole) == (REPORTS / "faults.md").read_text("utf-8")


def test_page_when_an_anomaly_was_found_counts_it() -> None:
    (first, *_) = published()["runs"]
    broken = {**first, "anomalies": {**dict.fromkeys(ANOMALIES, 0), "lost": 7}}
    shown = page(summed([broken, broken], {}))
    assert "| lost | acknowledged, and no end state | 2 | 14 |" in shown
    assert "## Recovery" not in shown


def test_sum_when_of_two_runs_adds_counts_and_keeps_the_longest_time() -> None:
    (first, *_) = published()["runs"]
    other = {**first, "seed": 7, "recovery_s": {"kill-broker": 99.0}}
    whole = summed([first, other], {"drained in, s": 1.5})
    assert whole["seed"] == [first["seed"], 7]
    assert whole["events"] == 2 * first["events"]
    assert whole["faults"]["kill-broker"] == 2 * first["faults"]["kill-broker"]
    assert whole["recovery_s"]["kill-broker"] == 99.0
    assert "| drained in, s | 1.5 |" in page(whole)
