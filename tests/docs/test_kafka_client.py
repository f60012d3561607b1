"""The page of the client's traps names tests that exist, and every test of a trap."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "kafka-client.md"


def test_page_of_traps_when_read_names_tests_that_are_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text("utf-8")))
    sources = [*ROOT.glob("tests/**/test_*.py"), ROOT / "src/tracehub/testing/bus_contract.py"]
    there = {
        name
        for source in sources
        for name in re.findall(r"def (test_\w+)", source.read_text("utf-8"))
    }
    assert named - there == set()
    assert {name for name in there if re.match(r"test_a\d+_", name)} <= named


def test_page_of_traps_when_counted_has_all_twenty() -> None:
    rows = re.findall(r"^\| (A\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [f"A{number}" for number in range(1, 21)]
