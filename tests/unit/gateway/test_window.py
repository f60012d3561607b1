"""What is remembered, what is forgotten, and what a ticket tells."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.errors import RejectError
from tracehub.gateway.glance import Claim, Glance, glance
from tracehub.gateway.ticket import Ticket, ticket_of
from tracehub.gateway.window import Owner, Window
from tracehub.model.event import CATEGORIES

TICKETS = st.builds(
    Ticket,
    st.sampled_from(CATEGORIES),
    st.integers(0, 255),
    st.integers(0, 2**62),
    st.binary(min_size=12, max_size=12),
)


@given(TICKETS)
def test_ticket_when_read_back_is_the_same(ticket: Ticket) -> None:
    assert ticket_of(ticket.id) == ticket
    assert "/" not in ticket.id


@given(st.text(max_size=64))
def test_ticket_when_it_is_none_is_none(text: str) -> None:
    found = ticket_of(text)
    assert found is None or found.offset >= 0


def test_ticket_when_given_for_other_bytes_does_not_fit() -> None:
    ticket = Ticket("food", 1, 2, b"a" * 32)
    assert ticket.fits(b"a" * 32)
    assert not ticket.fits(b"b" * 32)


def said(event_id: str, digest: bytes) -> Glance:
    return Glance(digest, b"k", (Claim(event_id, digest),))


FIRM, SISTER, OTHER = Owner("a/b", "firm"), Owner("a/b", "sister"), Owner("a/c", "firm")


def test_window_when_full_forgets_the_oldest_generation() -> None:
    window = Window(generation=4)
    tickets = [Ticket("food", 0, number, bytes([number])) for number in range(6)]
    for number, ticket in enumerate(tickets):
        digest = bytes([number])
        window.note(FIRM, digest, said(f"e{number}", digest).claims, ticket)
    known = [window.document(FIRM, bytes([number])) for number in range(6)]
    assert known == [None, None, *tickets[2:]]
    assert window.event(FIRM, "e1") is None
    assert window.event(FIRM, "e5") == tickets[5]
    assert window.document(OTHER, bytes([5])) is None
    assert window.document(SISTER, bytes([5])) is None


def test_window_when_documents_hold_many_events_keeps_no_more_of_them() -> None:
    window = Window(generation=100)
    for number in range(50):
        claims = [Claim(f"e{number}-{index}", b"1") for index in range(30)]
        window.note(FIRM, bytes([number]), claims, Ticket("food", 0, number, b""))
    assert sum(len(each.events) for each in (window._new, window._old)) <= 2 * (100 + 30)


def test_window_when_an_id_says_something_else_names_it() -> None:
    window = Window()
    window.note(FIRM, b"1", said("e", b"1").claims, Ticket("food", 0, 0, b""))
    assert window.clashes("a/b", said("e", b"2")) == ["e"]
    assert window.clashes("a/b", said("e", b"1")) == []
    assert window.clashes("a/c", said("e", b"2")) == []
    twice = Glance(b"", b"", (Claim("f", b"1"), Claim("f", b"1"), Claim("f", b"2")))
    assert window.clashes("a/b", twice) == ["f"]


def test_event_when_another_system_of_the_connection_published_it_is_not_told() -> None:
    window = Window()
    window.note(FIRM, b"1", said("e", b"1").claims, Ticket("food", 0, 0, b""))
    assert window.event(SISTER, "e") is None


@pytest.mark.parametrize(
    "document",
    [
        {"epcisBody": {"eventList": [{"eventID": "e", "epcList": 5}, 7]}},
        {"epcisBody": {"queryResults": {"resultsBody": {"eventList": [{"eventID": "e"}]}}}},
        [{"eventID": "e", "quantityList": [{}]}],
        {"eventID": "e", "errorDeclaration": "no", "quantityList": ["x", None]},
    ],
)
def test_glance_when_a_shape_is_strange_still_sees_the_ids(document: object) -> None:
    value = json.dumps(document).encode()
    seen = glance(value)
    assert [each.id for each in seen.claims] == ["e"]
    assert seen.key


def test_glance_when_an_event_corrects_tells_it_apart() -> None:
    event = {"eventID": "e", "errorDeclaration": {"declarationTime": "2026-01-01T00:00:00Z"}}
    (claim,) = glance(json.dumps(event).encode()).claims
    assert claim.id == "e\x002026-01-01T00:00:00Z"


@given(st.binary(max_size=200))
def test_glance_when_bytes_are_any_sees_or_refuses(value: bytes) -> None:
    with suppress(RejectError):
        assert len(glance(value).digest) == 32
