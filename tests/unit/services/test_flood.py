"""A flood of refused records makes its publisher rest; a flood from most of them stops the hub."""

from __future__ import annotations

import pytest

from tracehub.errors import ConfigError
from tracehub.services.flood import MOST_REFUSED, WINDOW, Floods
from tracehub.telemetry.log import silent
from tracehub.telemetry.metrics import Metrics
from tracehub.testing.clock import ManualClock

BAD = [True] * MOST_REFUSED


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def floods(clock: ManualClock, metrics: Metrics) -> Floods:
    return Floods(clock, silent(), metrics, 30.0)


def test_publisher_when_few_are_refused_goes_on(floods: Floods) -> None:
    for _ in range(10):
        floods.note("a/a", [*BAD[1:], False])
        floods.note("a/a", [False] * WINDOW)
    assert floods.rest_s("a/a") == 0


def test_publisher_when_many_in_a_row_are_refused_rests_alone(
    floods: Floods, metrics: Metrics
) -> None:
    floods.note("a/a", BAD[1:])
    assert floods.rest_s("a/a") == 0
    floods.note("a/a", [True])
    assert floods.rest_s("a/a") == 30
    assert floods.rest_s("b/b") == 0
    assert b'tracehub_flood{connection="a/a"} 1.0' in metrics.exposition()


def test_publisher_when_too_large_a_share_is_refused_rests(floods: Floods) -> None:
    for number in range(WINDOW):
        floods.note("a/a", [number % 19 == 0])
    assert floods.rest_s("a/a") == 30


async def test_publisher_when_it_has_rested_is_judged_afresh(
    floods: Floods, clock: ManualClock, metrics: Metrics
) -> None:
    floods.note("a/a", BAD)
    await clock.advance(29)
    assert floods.rest_s("a/a") == 1
    await clock.advance(1)
    assert floods.rest_s("a/a") == 0
    assert b'tracehub_flood{connection="a/a"} 0.0' in metrics.exposition()
    floods.note("a/a", BAD[1:])
    assert floods.rest_s("a/a") == 0
    floods.note("a/a", [True])
    assert floods.rest_s("a/a") == 30


def test_service_when_most_publishers_are_refused_at_once_stops(floods: Floods) -> None:
    floods.note("a/a", BAD)
    floods.note("b/b", [False])
    floods.note("c/c", [False])
    with pytest.raises(ConfigError, match="2 of 3 publishers are refused at once"):
        floods.note("b/b", BAD)


def test_floods_when_resting_is_switched_off_never_pause(metrics: Metrics) -> None:
    floods = Floods(ManualClock(), silent(), metrics, 0.0)
    floods.note("a/a", BAD * 3)
    assert floods.rest_s("a/a") == 0
