"""The one pass for the usual case never says yes of an event that a rule would speak about."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.normalise.cases import CHANGES, FAULTS, NOTES, Case
from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_build import events
from tests.unit.normalise.test_corpus import ROWS, Row, _read
from tracehub.errors import Reason, RejectError
from tracehub.normalise.check import check
from tracehub.normalise.check_codes import check_codes
from tracehub.normalise.formats import epcis_json
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.quiet import quiet
from tracehub.normalise.spelling import settle
from tracehub.normalise.verdict import Remarks

ATTRIBUTES = frozenset({"{urn:tracehub:v1:}production_date"})


def spoken(event: PlainEvent) -> tuple[list[Reason], Remarks]:
    """What settling changes in an event, and what the rules on its fields say, its codes apart."""
    settled = copy.deepcopy(event)
    changes: list[Reason] = []
    settle(settled, "$", changes)
    said, codes = Remarks(), Remarks()
    check(settled, ATTRIBUTES, "$", said)
    check_codes(settled, "$", codes)
    of_codes = {*codes.faults, *codes.changes, *codes.notes}
    rest = Remarks(
        [each for each in said.changes if each not in of_codes],
        [each for each in said.faults if each not in of_codes],
    )
    rest.notes = [each for each in said.notes if each not in of_codes]
    if settled != event:
        changes.append(Reason("changed", "$", ""))
    return changes, rest


def assert_silent(event: PlainEvent) -> None:
    changes, said = spoken(event)
    assert (changes, said.reasons) == ([], ())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["path"])
def test_event_of_the_corpus_when_quiet_has_nothing_said_of_it(row: Row) -> None:
    try:
        found = _read(row)
    except RejectError:
        return
    for each in found:
        if quiet(each.event):
            assert_silent(each.event)


@given(events)
def test_event_when_quiet_has_nothing_said_of_it(event: PlainEvent) -> None:
    if quiet(event):
        assert_silent(event)


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, 0, -1, 1.5, float("nan"), True, "", " ", "x y", "é", [], {}, [[]], [None], [1]),
        *(["a b"], ["urn:a:b"], [{}], {"id": ""}, {"id": 1}, [{"type": "po"}], {"type": ["po"]}),
        [{"epcClass": "urn:a:b", "quantity": -1}],
        {"{urn:tracehub:v1:}region": "990000", "id": "urn:a:b"},
    ]
)


@given(event=events, odd=ODD, data=st.data())
def test_event_when_a_field_is_spoiled_is_never_quiet_but_silent(
    event: PlainEvent, odd: Any, data: st.DataObject
) -> None:
    spoiled = {**event, data.draw(st.sampled_from(sorted(event))): odd}
    if quiet(spoiled):
        assert_silent(spoiled)


@pytest.mark.parametrize("case", [*FAULTS, *CHANGES, *NOTES], ids=lambda case: case[0])
def test_case_when_quiet_has_nothing_said_of_its_fields(case: Case, document: Document) -> None:
    (found,) = epcis_json.read(document(**case[2]))
    if quiet(found.event):
        assert_silent(found.event)


def test_usual_event_when_read_is_quiet(document: Document) -> None:
    (found,) = epcis_json.read(document())
    assert quiet(found.event)
