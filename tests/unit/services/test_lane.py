"""A lane: the offset passes all that is finished, and nothing that is held."""

from __future__ import annotations

from collections.abc import Sequence

from tracehub.model.record import Received
from tracehub.services.lane import MOST_HELD, MOST_HELD_BYTES, Lane


def record(offset: int, key: str = "k", size: int = 1) -> Received:
    return Received("deliver.a.b", key.encode(), b"x" * size, (), 0, offset, 0)


def end(lane: Lane) -> int | None:
    last = lane.end()
    return None if last is None else last.offset


def read(lane: Lane, batch: Sequence[Received], waiting: Sequence[Received]) -> None:
    lane.take(batch, waiting)
    lane.land(batch)


def test_end_when_nothing_is_held_is_the_last_record_read() -> None:
    lane = Lane(1, 5)
    assert end(lane) is None
    lane.take([record(5), record(9)], [])
    assert end(lane) is None
    lane.land([record(5), record(9)])
    assert end(lane) == 9
    lane.passed = 10
    assert end(lane) is None


def test_end_when_a_record_is_held_is_before_it() -> None:
    lane = Lane(1, 5)
    read(lane, [record(5, "a"), record(6, "b"), record(7, "c")], [record(6, "b")])
    assert end(lane) == 5
    read(lane, [record(8, "b")], [record(8, "b")])
    assert end(lane) == 5
    lane.finish([record(6, "b"), record(8, "b")], [record(8, "b")])
    assert end(lane) == 7
    lane.finish([record(8, "b")], [])
    assert end(lane) == 8


def test_key_when_held_makes_its_later_records_wait() -> None:
    lane = Lane(1, 0)
    lane.take([record(0, "a"), record(1, "b")], [record(0, "a")])
    assert lane.waits(record(2, "a"))
    assert not lane.waits(record(2, "b"))
    lane.finish([record(0, "a")], [])
    assert not lane.waits(record(2, "a"))


def test_batch_when_read_again_is_not_held_twice() -> None:
    lane = Lane(1, 0)
    lane.take([record(0, "a")], [record(0, "a")])
    again = [record(1, "a"), record(2, "b")]
    for _ in range(2):
        lane.take(again, [record(1, "a")])
    assert [each.offset for each in lane.held] == [0, 1]


def test_tries_when_nothing_is_finished_grow() -> None:
    lane = Lane(1, 0)
    lane.take([record(0), record(1)], [record(0), record(1)])
    lane.finish(lane.held, lane.held)
    lane.finish(lane.held, lane.held)
    assert lane.tries == 2
    lane.finish(lane.held, lane.held[1:])
    assert lane.tries == 0


def state(lane: Lane) -> str:
    return "full" if lane.full else "roomy" if lane.roomy else "between"


def test_lane_when_it_holds_many_records_or_bytes_is_full() -> None:
    many, large = Lane(1, 0), Lane(1, 0)
    records = [record(offset) for offset in range(MOST_HELD)]
    many.take(records, records)
    heavy = [record(0, size=MOST_HELD_BYTES)]
    large.take(heavy, heavy)
    assert (state(many), state(large)) == ("full", "full")
    many.finish(records, records[: MOST_HELD // 2])
    assert state(many) == "between"
    many.finish(records, records[:3])
    assert state(many) == "roomy"
