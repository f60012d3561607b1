"""What a round of outcomes comes to: order, dead letters, and who waits for whom."""

from __future__ import annotations

import pytest

from tracehub.errors import RejectError, RetryError
from tracehub.model.outcome import Emit, Outcome, Reject, Retry, Settled
from tracehub.model.record import Received, Record, records_of
from tracehub.services.settle import settle

LATER = Retry(RetryError("the system is away", after_s=1.5))


def received(key: str, offset: int) -> Received:
    return Received("raw.food.a.b", key.encode(), b"", (), 0, offset, 0)


def emitted(name: str) -> Emit:
    return Emit((Record("out", b"", name.encode(), partition=0),))


def refuse(record: Received, error: RejectError) -> Record:
    return Record("out", record.key, error.code.encode(), partition=0)


def values(batch: list[Received], outcomes: list[Outcome]) -> list[bytes]:
    return [value for _, value, _ in settle(batch, outcomes, refuse).placed["out", 0]]


def test_settle_when_all_emit_keeps_the_order() -> None:
    batch = [received("a", 0), received("b", 1), received("a", 2)]
    assert values(batch, [emitted("1"), emitted("2"), emitted("3")]) == [b"1", b"2", b"3"]


def test_settle_when_one_is_rejected_writes_its_dead_letter_in_its_place() -> None:
    batch = [received("a", 0), received("b", 1), received("c", 2)]
    outcomes: list[Outcome] = [emitted("1"), Reject(RejectError("x/y", "no")), emitted("3")]
    assert values(batch, outcomes) == [b"1", b"x/y", b"3"]


def test_settle_when_a_document_is_partly_refused_publishes_the_good_part_first() -> None:
    outcome = Emit(emitted("1").records, (RejectError("x/y", "no", item=1),))
    assert values([received("a", 0)], [outcome]) == [b"1", b"x/y"]


def test_settle_when_one_must_wait_holds_later_ones_of_its_key_only() -> None:
    batch = [received("a", 0), received("b", 1), received("a", 2), received("b", 3)]
    settled = settle(batch, [LATER, emitted("b1"), emitted("a2"), emitted("b3")], refuse)
    assert [record.value for record in records_of(settled.placed)] == [b"b1", b"b3"]
    assert settled.held == (0, 2)
    assert settled.after_s == 1.5


def test_settle_when_a_held_key_is_rejected_later_holds_that_too() -> None:
    batch = [received("a", 0), received("a", 1)]
    settled = settle(batch, [LATER, Reject(RejectError("x/y", "no"))], refuse)
    assert settled.placed == {}
    assert settled.held == (0, 1)


def test_settle_when_an_output_has_no_partition_is_told_so() -> None:
    outcome = Emit((Record("event.food", b"", b"1"),))
    with pytest.raises(ValueError, match=r"which partition of event\.food"):
        settle([received("a", 0)], [outcome], refuse)


def test_settle_when_a_stage_has_settled_itself_takes_that() -> None:
    settled = Settled({("out", 0): [(b"k", b"1", ())]})
    assert settle([received("a", 0)], settled, refuse) is settled
