"""The page of fault runs says what their reports say."""

from __future__ import annotations

import json
from pathlib import Path

from tracehub.testing.faults.page import page

REPORTS = Path(__file__).parents[4] / "docs/reports"


def test_page_when_made_again_is_the_published_one() -> None:
    reports = json.loads((REPORTS / "faults.json").read_text("utf-8"))
    assert page(reports) == (REPORTS / "faults.md").read_text("utf-8")


def test_page_when_an_anomaly_was_found_counts_it() -> None:
    (first, *_) = json.loads((REPORTS / "faults.json").read_text("utf-8"))
    first["anomalies"]["lost"] = 7
    assert "| lost | acknowledged, and no end state | 7 |" in page([first])
