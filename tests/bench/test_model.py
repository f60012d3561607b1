"""The counted model of scaling says what arithmetic says."""

from __future__ import annotations

from bench.model import gain, place


def test_gain_of_even_work_is_the_number_of_members_until_partitions_run_out() -> None:
    placed = {("raw.a", partition): 100 for partition in range(8)}
    assert [gain(placed, members) for members in (1, 2, 4, 8, 16)] == [1, 2, 4, 8, 8]


def test_gain_when_members_do_not_divide_the_partitions_is_that_of_the_busiest() -> None:
    placed = {("raw.a", partition): 100 for partition in range(8)}
    assert gain(placed, 3) == 8 / 3
    assert gain(placed, 7) == 4


def test_gain_of_one_hot_key_is_bounded_by_its_share() -> None:
    keys = [("raw.a", b"hot")] * 500 + [("raw.a", b"%d" % n) for n in range(500)]
    assert gain(place(keys, 64), 64) < 2.0
