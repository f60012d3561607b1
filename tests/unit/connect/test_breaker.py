from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracehub.connect.breaker import STATES, Breaker
from tracehub.testing.clock import START_MS, ManualClock


def opened(clock: ManualClock, full: int = 100) -> Breaker:
    breaker = Breaker(3, 5.0, full, clock)
    for number in range(3):
        assert breaker.admit() == full
        breaker.failed(f"error {number}")
    return breaker


def test_breaker_when_new_is_closed_and_allows_everything() -> None:
    breaker = Breaker(3, 5.0, 100, ManualClock())
    assert breaker.view() == ("closed", 0, 0, "")
    assert breaker.admit() == 100
    assert breaker.wait_s() == 0.0


def test_breaker_when_failures_are_not_in_a_row_stays_closed() -> None:
    breaker = Breaker(3, 5.0, 100, ManualClock())
    for _ in range(10):
        breaker.failed("x")
        breaker.failed("x")
        breaker.succeeded()
    assert breaker.state == "closed"


async def test_breaker_when_failures_come_in_a_row_opens_and_shows_why() -> None:
    clock = ManualClock()
    await clock.advance(7.0)
    breaker = opened(clock)
    assert breaker.view() == ("open", 3, START_MS + 7000, "error 2")
    assert breaker.admit() == 0
    assert breaker.wait_s() == 5.0


async def test_breaker_when_its_wait_is_over_allows_one_event_once() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    await clock.advance(5.0)
    assert breaker.state == "half-open"
    assert breaker.wait_s() == 0.0
    assert breaker.admit() == 1
    assert breaker.admit() == 0
    assert breaker.wait_s() == 5.0


async def test_breaker_when_the_probe_succeeds_starts_slowly() -> None:
    clock = ManualClock()
    breaker = opened(clock, full=10)
    await clock.advance(5.0)
    allowed = []
    while breaker.state != "closed":
        allowed.append(breaker.admit())
        breaker.succeeded()
    assert allowed == [1, 2, 4, 8]
    assert breaker.admit() == 10
    assert breaker.view()[:3] == ("closed", 0, 0)


async def test_breaker_when_the_probe_fails_waits_again_and_remembers_since_when() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    await clock.advance(5.0)
    breaker.admit()
    breaker.failed("still down")
    assert breaker.view() == ("open", 4, START_MS, "still down")
    await clock.advance(4.9)
    assert breaker.admit() == 0


async def test_breaker_when_it_fails_during_slow_start_opens_at_once() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    await clock.advance(5.0)
    breaker.admit()
    breaker.succeeded()
    assert breaker.admit() == 2
    breaker.failed("again")
    assert breaker.state == "open"


async def test_breaker_when_a_probe_is_abandoned_allows_another() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    await clock.advance(5.0)
    assert breaker.admit() == 1
    breaker.abandoned()
    assert breaker.admit() == 1


async def test_breaker_when_full_is_one_closes_after_the_probe() -> None:
    clock = ManualClock()
    breaker = opened(clock, full=1)
    await clock.advance(5.0)
    assert breaker.admit() == 1
    assert breaker.state == "half-open"
    breaker.succeeded()
    assert breaker.view().state == "closed"


@given(st.lists(st.sampled_from(["call", "fail", "abandon", "wait"]), max_size=60))
async def test_breaker_when_anything_happens_recovers_as_soon_as_the_system_does(
    steps: list[str],
) -> None:
    clock = ManualClock()
    breaker = Breaker(3, 5.0, 8, clock)
    for step in steps:
        if step == "wait":
            await clock.advance(3.0)
        elif breaker.admit():
            {"call": breaker.succeeded, "abandon": breaker.abandoned}.get(
                step, lambda: breaker.failed("x")
            )()
        assert breaker.state in STATES
        assert (breaker.view().opened_at == 0) == (breaker.state == "closed")
    await clock.advance(5.0)
    for _ in range(4):
        assert breaker.admit() > 0
        breaker.succeeded()
    assert breaker.state == "closed"
