"""The table of systems has a full row for each that the policy names, and each was tested."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from deploy.systems import NAMED, RECORD, page
from tracehub.connect import installed, load_type

ROOT = Path(__file__).parents[2]
RECORDED = orjson.loads((ROOT / RECORD).read_bytes())


def test_table_when_made_has_no_empty_cell_and_every_installed_type() -> None:
    rows = [line for line in page(ROOT).splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert all(all(row) for row in cells)
    assert {each.type for each in NAMED} == set(installed())
    assert {row[0] for row in cells} == {each.system for each in NAMED}


@pytest.mark.parametrize("name", installed())
def test_ability_when_declared_was_shown_against_a_server(name: str) -> None:
    for able in load_type(name).abilities:
        found = RECORDED[name][able.name]
        assert found["server"]
        ways = {"receives": able.receives, "publishes": able.publishes}
        for way, declared in ways.items():
            assert any(each.startswith(way) for each in found["cases"]) == declared
        lost = "receives: test_effect_when_its_answer_was_lost_is_as_declared"
        assert (lost in found["cases"]) == able.receives
