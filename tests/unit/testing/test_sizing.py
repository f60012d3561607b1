"""Cores and disk follow from rates and costs."""

from __future__ import annotations

from tracehub.testing.sizing import Demand, need


def test_need_of_a_peak_is_of_cores_that_are_busy_to_four_fifths() -> None:
    found = need(Demand(1_000, 50_000, 14, 3), 20.0, 2_000)
    assert found.cores_mean == 1
    assert found.cores_peak == 2
    assert found.cores == 2


def test_need_of_a_mean_leaves_half_of_the_cores_free() -> None:
    found = need(Demand(10_000, 10_000, 14, 3), 100.0, 2_000)
    assert (found.cores_mean, found.cores_peak) == (3, 2)
    assert found.cores == 3


def test_need_of_disk_is_the_mean_times_days_times_replicas() -> None:
    found = need(Demand(1_000, 1_000, 10, 3), 20.0, 1_024)
    assert round(found.gib) == round(1_000 * 86_400 * 10 * 3 * 1_024 / 2**30)
    assert need(Demand(0, 0, 10, 3), 20.0, 1_024) == (0, 0, 0.0)
