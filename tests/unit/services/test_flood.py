"""A flood of refused records makes its publisher rest; a flood from most of them stops the hub."""

from __future__ import annotations

import pytest

from tracehub.errors import ConfigError
from tracehub.model.record import Received
from tracehub.services.flood import MOST_REFUSED, WINDOW, Floods
from tracehub.telemetry.log import silent
from tracehub.telemetry.metrics import Metrics
from tracehub.testing.clock import ManualClock

BAD = [True] * MOST_REFUSED
PUBLISHERS = ("a/a", "b/b", "c/c", "d/d", "e/e")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def log(clock: ManualClock, metrics: Metrics) -> Log:
    return Log(Floods(clock, silent(), metrics, 30.0, PUBLISHERS))


class Log:
    """Records of publishers at ever higher offsets, and what is noted of them."""

    def __init__(self, floods: Floods) -> None:
        self.floods = floods
        self._next = dict.fromkeys(PUBLISHERS, 0)

    def note(self, publisher: str, verdicts: list[bool], *, times: int = 1) -> None:
        first = self._next[publisher]
        self._next[publisher] += len(verdicts)
        batch = [
            Received(publisher, b"", b"", (), 0, first + index, 0) for index in range(len(verdicts))
        ]
        for _ in range(times):
            self.floods.note(publisher, batch, verdicts)

    def rest_s(self, publisher: str) -> float:
        return self.floods.rest_s(publisher)


def test_publisher_when_few_are_refused_goes_on(log: Log) -> None:
    for _ in range(10):
        log.note("a/a", [*BAD[1:], False])
        log.note("a/a", [False] * WINDOW)
    assert log.rest_s("a/a") == 0


def test_publisher_when_many_in_a_row_are_refused_rests_alone(log: Log, metrics: Metrics) -> None:
    log.note("a/a", BAD[1:])
    assert log.rest_s("a/a") == 0
    log.note("a/a", [True])
    assert log.rest_s("a/a") == 30
    assert log.rest_s("b/b") == 0
    assert b'tracehub_flood{connection="a/a"} 1.0' in metrics.exposition()


def test_publisher_when_too_large_a_share_is_refused_rests(log: Log) -> None:
    for number in range(WINDOW):
        log.note("a/a", [number % 19 == 0])
    assert log.rest_s("a/a") == 30


def test_publisher_when_a_batch_is_staged_again_and_again_is_not_judged_by_it_twice(
    log: Log,
) -> None:
    log.note("a/a", [True], times=MOST_REFUSED)
    log.note("a/a", [*([False] * 60), True, True, True], times=40)
    assert log.rest_s("a/a") == 0
    log.note("a/a", BAD[3:])
    assert log.rest_s("a/a") == 30


async def test_publisher_when_it_has_rested_is_judged_afresh(
    log: Log, clock: ManualClock, metrics: Metrics
) -> None:
    log.note("a/a", BAD)
    await clock.advance(29)
    assert log.rest_s("a/a") == 1
    await clock.advance(1)
    assert log.rest_s("a/a") == 0
    assert b'tracehub_flood{connection="a/a"} 0.0' in metrics.exposition()
    log.note("a/a", BAD[1:])
    assert log.rest_s("a/a") == 0
    log.note("a/a", [True])
    assert log.rest_s("a/a") == 30


def test_service_when_most_of_all_publishers_are_refused_at_once_stops(log: Log) -> None:
    log.note("a/a", BAD)
    log.note("b/b", BAD)
    with pytest.raises(ConfigError, match="3 of 5 publishers are refused at once"):
        log.note("c/c", BAD)


def test_service_when_all_that_were_heard_are_fewer_than_half_goes_on(log: Log) -> None:
    for publisher in ("a/a", "b/b"):
        log.note(publisher, BAD)
        assert log.rest_s(publisher) == 30


def test_service_when_there_are_two_publishers_never_blames_itself(metrics: Metrics) -> None:
    log = Log(Floods(ManualClock(), silent(), metrics, 30.0, PUBLISHERS[:2]))
    for publisher in PUBLISHERS[:2]:
        log.note(publisher, BAD)
        assert log.rest_s(publisher) == 30


def test_floods_when_resting_is_switched_off_never_pause(metrics: Metrics) -> None:
    log = Log(Floods(ManualClock(), silent(), metrics, 0.0, PUBLISHERS))
    log.note("a/a", BAD * 3)
    assert log.rest_s("a/a") == 0


@pytest.mark.parametrize("size", [1, 7, 499, WINDOW, WINDOW + 1, 3 * WINDOW])
def test_publisher_when_noted_in_pieces_of_any_size_rests_by_what_it_sent_last(
    log: Log, size: int
) -> None:
    sent = [number % 19 == 0 for number in range(3 * WINDOW)]
    for first in range(0, len(sent), size):
        log.note("a/a", sent[first : first + size])
    assert (log.rest_s("a/a") > 0) == (sum(sent[-WINDOW:]) > MOST_REFUSED)
    in_a_row = [False, *[True] * (MOST_REFUSED - 1)]
    for first in range(0, len(in_a_row), size):
        log.note("c/c", in_a_row[first : first + size])
    assert log.rest_s("c/c") == 0
    log.note("c/c", [True])
    assert log.rest_s("c/c") == 30
