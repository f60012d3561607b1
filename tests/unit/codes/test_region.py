"""Regions in time: the shipped table, fall-backs, successors, and tables that are refused."""

from __future__ import annotations

import pytest
from stdnum.cn import ric

from tracehub.codes.region import (
    PROVINCES,
    RegionTable,
    Span,
    bundled,
    dump_regions,
    load_regions,
    load_successors,
)
from tracehub.errors import ConfigError

HEAD = "code,name,valid_from,valid_to,source\n"
PROVINCE = "330000,浙江省,,,x\n"


@pytest.mark.parametrize(
    ("code", "month", "status", "name", "routed_by"),
    [
        ("110103", "2009-05", "in-force", "崇文区", "110103"),
        ("110103", "2017-05", "abolished", "崇文区", "110000"),
        ("110118", "2017-05", "in-force", "密云区", "110118"),
        ("110118", "2009-05", "not-yet", "密云区", "110000"),
        ("330100", "2026-01", "in-force", "杭州市", "330100"),
        ("330199", "2026-01", "unknown", "", "330100"),
        ("339999", "2026-01", "unknown", "", "330000"),
        ("990000", "2026-01", "province-unknown", "", ""),
        ("500105", "2026-01", "abolished", "江北区", "500000"),
        ("510200", "2026-01", "abolished", "重庆市", "510000"),
    ],
)
def test_code_when_asked_for_at_a_time_says_what_it_was_then(
    code: str, month: str, status: str, name: str, routed_by: str
) -> None:
    found = bundled().at(code, month)
    assert (found.status, found.name, found.routed_by) == (status, name, routed_by)


def test_territory_when_it_moved_without_a_new_code_has_its_successor_with_a_source() -> None:
    found = bundled().at("330104", "2022-01")
    assert [(each.successor, each.source) for each in found.successors] == [
        ("330102", "国函〔2021〕29号")
    ]
    assert bundled().at("330104", "2020-01").successors == ()
    # 上城区 itself took territory over and changed neither code nor name.
    assert [span.name for span in bundled().spans("330102")] == ["上城区"]


def test_table_when_shipped_is_whole_and_has_a_source_in_every_row() -> None:
    table = bundled()
    assert len(table) == 6665
    assert {f"{each}0000" for each in PROVINCES} <= set(table.codes())
    assert {code[:2] for code in table.codes()} == PROVINCES
    assert all(span.source for code in table.codes() for span in table.spans(code))


def test_table_when_compared_with_another_implementation_knows_its_counties() -> None:
    # Of a resident's number the region is read by a table of another origin.
    known = [
        code for code in ("110103", "330106", "440305", "510104", "650102") if _known_there(code)
    ]
    assert known
    assert all(bundled().ever(code) for code in known)


def _known_there(code: str) -> bool:
    first = f"{code}19900101001"
    return bool(ric.get_birth_place(first + ric.calc_check_digit(first)).get("county"))


def test_table_when_written_and_read_again_is_the_same() -> None:
    spans = [span for code in bundled().codes() for span in bundled().spans(code)]
    again = RegionTable(load_regions(dump_regions(spans), "x"))
    assert again.version == RegionTable(spans).version
    assert again.version != RegionTable(spans[1:]).version


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("code,name\n", "x.csv:1: the column valid_from is missing"),
        (HEAD + "33000,浙江省,,,x\n", "x.csv:2: '33000' is no region code"),
        (HEAD + "330000,浙江省,1990,,x\n", "x.csv:2: '1990' is no month"),
        (HEAD + "330000,浙江省,1990-01,1980-01,x\n", "x.csv:2: 330000 ends at 1980-01"),
        (HEAD + "330000,浙江省,,,\n", "x.csv:2: every row says its source"),
        (HEAD + "330000,浙江省,,\n", "x.csv:2: expected 5 fields"),
        (HEAD + "330000,浙江省,,,x,y\n", "x.csv:2: expected 5 fields"),
        (HEAD + PROVINCE + "330000,浙江,1990-01,,x\n", "x.csv:3: 330000 浙江 overlaps 浙江省"),
        (HEAD + PROVINCE + "340100,合肥市,,,x\n", "x.csv:3: 340100 is in no province"),
    ],
)
def test_table_when_at_fault_is_refused_with_its_line(text: str, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_regions(text, "x.csv")
    assert str(caught.value).startswith(where)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("330104,33010,2021-12,x", "s.csv:2: '33010' is no region code"),
        ("330104,330102,2021,x", "s.csv:2: '2021' is no month"),
        ("330104,330102,2021-12,", "s.csv:2: every row says its source"),
    ],
)
def test_successors_when_at_fault_are_refused_with_their_line(row: str, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_successors(f"code,successor,since,source\n{row}\n", "s.csv")
    assert str(caught.value).startswith(where)


def test_span_when_open_holds_for_ever() -> None:
    assert Span("1", "a", "", "", "s").holds("0001-01")
    assert not Span("1", "a", "2000-01", "2001-01", "s").holds("2001-01")
