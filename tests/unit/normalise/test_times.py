from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.model.instant import utc
from tracehub.normalise import rules_what
from tracehub.normalise.times import instant, is_offset


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T08:00:00.001+08:00", 1),
        ("1969-12-31T18:00:00-06:00", 0),
        ("1970-01-01T00:00:00.0004999Z", 0),
        ("1970-01-01T00:00:00.0005Z", 1),
        ("2022-04-13T12:35:29.017069617Z", 1_649_853_329_017),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_instant_when_the_text_is_a_time_is_in_milliseconds(text: str, ms: int) -> None:
    assert instant(text) == (ms, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "2026-01-31 08:00:00Z",
        "2026-1-31T08:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-01-31T24:00:01Z",
        "2026-01-31T08:00:60Z",
        "2026-01-31T08:00:00+0800",
        "２０２６-01-31T08:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-31T08:00:00Z\n",
    ],
)
def test_instant_when_the_text_is_no_time_is_a_fault(text: str) -> None:
    assert instant(text).rule is rules_what.TIME_FORMAT


def test_instant_when_there_is_no_zone_is_a_fault_of_its_own() -> None:
    assert instant("2026-01-31T08:00:00").rule is rules_what.TIME_ZONE_MISSING


@given(st.integers(-62_000_000_000_000, 250_000_000_000_000))
def test_instant_when_written_by_us_is_read_back(ms: int) -> None:
    assert instant(utc(ms).isoformat(timespec="milliseconds")).ms == ms


@pytest.mark.parametrize("text", ["+00:00", "-06:00", "+05:45", "+14:00", "-14:00"])
def test_offset_when_it_exists_somewhere_is_one(text: str) -> None:
    assert is_offset(text)


@pytest.mark.parametrize("text", ["", "Z", "8", "+8:00", "+14:30", "+15:00", "+08:60", "08:00"])
def test_offset_when_it_exists_nowhere_is_none(text: str) -> None:
    assert not is_offset(text)
