"""What is measured of recovery is what the log says."""

from __future__ import annotations

from itertools import count

import pytest

from tracehub.testing.faults.recovery import Figures, p99
from tracehub.testing.processes import Ending

KILLED = 10_000


def figures(outage_ms: int) -> Figures:
    """One delivery every 10 ms; what is received after the kill waits until an outage is over."""
    delays = [
        (at, 100 if at < KILLED else max(100, KILLED + outage_ms - at))
        for at in range(0, 60_000, 10)
    ]
    return Figures((Ending(0, 1.5),), 0, delays, KILLED, 500.0, 450.0, (2.0,))


def test_p99_when_one_in_two_hundred_is_slow_leaves_it_out() -> None:
    assert p99([*([7] * 199), 99]) == 7
    assert p99([*([7] * 97), 8, 99, 99]) == 99
    assert p99([]) == 0


@pytest.mark.parametrize("outage_ms", [0, 6_000, 30_000])
def test_recovery_when_deliveries_waited_ends_with_the_last_that_was_late(outage_ms: int) -> None:
    measured = figures(outage_ms)
    assert measured.normal_ms == 100
    assert outage_ms / 1000 - 1 <= measured.recovered_s <= outage_ms / 1000 + 1


def test_recovery_when_delays_never_fall_again_is_endless() -> None:
    late = zip(range(KILLED, 60_000, 10), count(5_000, 10), strict=False)
    measured = figures(0)._replace(delays=[*((at, 100) for at in range(0, KILLED, 10)), *late])
    assert measured.recovered_s == float("inf")


def test_figures_when_shown_are_words_and_numbers() -> None:
    shown = figures(6_000).shown()
    assert shown["SIGTERM under full load: slowest end, s"] == 1.5
    assert len(shown) == 7
