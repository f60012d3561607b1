"""The console's benchmark at a small size: it asks for every page that there is, and all answer."""

from __future__ import annotations

from pathlib import Path

from bench.console import ALL, measured
from tests.unit.console.test_isolation import MINE, queries_of

NO_PAGES = {"/login", "/login/done"}
EVENTS = 30_000
"""Enough that a hub which is fast is still seen at work between two looks."""


async def test_pages_when_measured_are_all_of_the_console(tmp_path: Path) -> None:
    found = {each.variant: each for each in await measured(tmp_path / "console", EVENTS, 1.0)}
    assert [each.note for each in found.values() if not each.counts_ok] == []
    assert set(found) - {ALL} == set(queries_of(MINE, [])) - NO_PAGES
    assert all(each.p50_ms and each.more["p95_ms"] >= each.p50_ms for each in found.values())
