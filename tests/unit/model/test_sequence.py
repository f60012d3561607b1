"""Links and marks: what a reader can conclude from where a record came and what went before it."""

from __future__ import annotations

from tracehub.model.facts import Facts
from tracehub.model.record import Position
from tracehub.model.sequence import MARKER_ITEM, NONE, UNKNOWN, Links, Marks, Place


def facts(offset: int, before: Place, *, item: int = 0, topic: str = "raw.a") -> Facts:
    zero = b"\0" * 4
    position = Position(topic, 0, offset)
    return Facts(position, item, b"", 0, 0, "accept", zero, zero, previous=before)


def test_links_when_followed_tell_what_went_to_the_same_topic_before() -> None:
    links = Links()
    assert links.follow("x", (1, 0)) == NONE
    assert links.follow("y", (1, 0)) == NONE
    assert links.follow("x", (1, 1)) == (1, 0)
    assert Links(links.as_mapping()).before("x") == (1, 1)


def test_links_when_their_table_was_lost_say_so_once() -> None:
    links = Links(known=False)
    assert links.follow("x", (5, 0)) == UNKNOWN
    assert links.follow("x", (6, 0)) == (5, 0)


def test_marks_when_records_come_in_order_are_all_new() -> None:
    marks = Marks()
    assert [marks.see(facts(1, NONE)), marks.see(facts(4, (1, 0)))] == ["new", "new"]


def test_marks_when_a_record_or_an_older_one_comes_again_call_it_a_repeat() -> None:
    marks = Marks()
    sights = [marks.see(each) for each in (facts(1, NONE), facts(4, (1, 0)))]
    assert sights == ["new", "new"]
    assert marks.see(facts(4, (1, 0))) == "repeat"
    assert marks.see(facts(1, NONE)) == "repeat"


def test_marks_when_a_record_is_missing_see_the_gap_and_stay() -> None:
    marks = Marks()
    marks.see(facts(1, NONE))
    assert marks.see(facts(9, (4, 0))) == "gap"
    assert marks.see(facts(4, (1, 0))) == "new"
    assert marks.see(facts(9, (4, 0))) == "new"


def test_marks_when_the_very_first_record_is_missing_see_it_too() -> None:
    assert Marks().see(facts(4, (1, 0))) == "gap"


def test_marks_when_events_of_one_record_follow_each_other_tell_them_apart() -> None:
    marks = Marks()
    assert marks.see(facts(1, NONE, item=0)) == "new"
    assert marks.see(facts(1, (1, 0), item=2)) == "new"
    assert marks.see(facts(1, NONE, item=0)) == "repeat"


def test_marks_when_raw_partitions_mix_are_kept_apart() -> None:
    marks = Marks()
    assert marks.see(facts(7, NONE, topic="raw.a")) == "new"
    assert marks.see(facts(1, NONE, topic="raw.b")) == "new"


def test_marker_when_the_tail_is_there_is_nothing_and_else_a_gap() -> None:
    marks = Marks()
    marks.see(facts(1, NONE))
    assert marks.see(facts(0, (1, 0), item=MARKER_ITEM)) == "marker"
    assert marks.see(facts(0, (4, 0), item=MARKER_ITEM)) == "gap"


def test_marks_when_they_begin_in_the_middle_take_the_first_as_it_comes() -> None:
    marks = Marks(complete=False)
    assert marks.see(facts(9, (4, 0))) == "new"
    assert marks.see(facts(12, (10, 0))) == "gap"


def test_link_when_unknown_is_no_gap() -> None:
    marks = Marks()
    marks.see(facts(1, NONE))
    assert marks.see(facts(9, UNKNOWN)) == "new"
