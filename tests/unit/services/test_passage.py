"""A passage: what is in the log is committed two turns at a time, and never left behind."""

from __future__ import annotations

from collections.abc import Sequence

from tracehub.model.record import Received
from tracehub.services.lane import Lane, Place
from tracehub.services.passage import MOST_TURNS, WORTH_TURNS, Passage
from tracehub.services.turn import Part

PLACE = "raw.food.a", 0


def record(offset: int, place: Place = PLACE) -> Received:
    return Received(place[0], b"k", b"v", (), place[1], offset, 0)


def part(offset: int, lane: Lane | None = None, place: Place = PLACE) -> Part:
    batch = [record(offset, place)]
    made = Part(place, lane or Lane(1, offset), batch, batch, (), {})
    made.lane.airborne += 1
    made.land()
    return made


def offsets(records: Sequence[Received]) -> list[int]:
    return [each.offset for each in records]


def test_commit_takes_the_last_record_of_each_partition_over_all_turns_there() -> None:
    passage, other = Passage(), ("raw.food.a", 1)
    passage.land([part(5), part(7, place=other)])
    passage.land([part(6)])
    assert sorted(offsets(passage.begin())) == [6, 7]
    assert not passage.waiting


def test_commit_is_worth_it_at_once_after_so_many_turns() -> None:
    passage = Passage()
    for number in range(1, WORTH_TURNS + 1):
        assert not passage.enough
        passage.land([part(number)])
    assert passage.enough
    passage.begin()
    assert not passage.enough


def test_turns_when_so_many_are_not_committed_wait() -> None:
    passage = Passage()
    passage.land([part(0)])
    passage.begin()
    for number in range(1, MOST_TURNS):
        assert passage.roomy
        passage.land([part(number)])
    assert not passage.roomy
    passage.end()
    assert passage.roomy


def test_commit_when_it_was_not_taken_is_given_back_behind_what_came_meanwhile() -> None:
    passage, lane = Passage(), Lane(1, 0)
    passage.land([part(0, lane), part(3, place=("raw.food.a", 1))])
    passage.land([part(1, lane)])
    passage.begin()
    passage.land([part(2, lane)])
    passage.give_back()
    assert passage.enough
    assert not passage.roomy
    assert sorted(offsets(passage.begin())) == [2, 3]


def test_held_records_when_tried_again_keep_what_their_partition_has_read() -> None:
    passage, lane = Passage(), Lane(1, 4)
    passage.land([part(5, lane)])
    passage.land([Part(PLACE, lane, None, [record(4)], (), {})])
    assert passage.waiting[PLACE].read.offset == 5
