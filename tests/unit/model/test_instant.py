from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tracehub.model.instant import utc


def test_utc_when_given_an_instant_is_aware() -> None:
    assert utc(1_700_000_000_123) == datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)


@given(st.integers(0, 4_000_000_000_000))
def test_utc_when_turned_back_is_the_same_instant(instant_ms: int) -> None:
    shown = utc(instant_ms)
    assert shown.tzinfo is UTC
    assert round(shown.timestamp() * 1000) == instant_ms
