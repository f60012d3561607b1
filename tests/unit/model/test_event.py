from __future__ import annotations

from hypothesis import given

from tests.strategies import HEADERS
from tracehub.model.event import (
    CATEGORIES,
    LOCAL_CATEGORIES,
    NATIONAL_CATEGORIES,
    SECTIONS,
    Event,
    Header,
    Party,
    Product,
)

PARTIES = (Party("owner", "uscc", "91330000MA27X12345"), Party("holder", "gln", "6901234000009"))


@given(HEADERS)
def test_key_when_there_is_a_product_is_its_id(header: Header) -> None:
    named = header._replace(product=Product("drug", "81234567890123456789"), parties=PARTIES)
    assert named.key == b"81234567890123456789"


@given(HEADERS)
def test_key_when_there_is_no_product_is_the_first_party(header: Header) -> None:
    assert header._replace(product=Product("", ""), parties=PARTIES).key == b"91330000MA27X12345"


@given(HEADERS)
def test_key_when_there_is_neither_is_the_event_itself(header: Header) -> None:
    alone = header._replace(product=Product("", ""), parties=(), event_id="urn:uuid:编号")
    assert alone.key == "urn:uuid:编号".encode()


def test_categories_when_listed_are_the_eleven_of_the_policy() -> None:
    assert len(NATIONAL_CATEGORIES) == 7
    assert len(LOCAL_CATEGORIES) == 4
    assert len(set(CATEGORIES)) == 11


@given(HEADERS)
def test_sections_when_listed_stand_in_order_of_disclosure(header: Header) -> None:
    event = Event(header, public={"a": 1}, personal={"b": 2})
    assert event.sections == tuple(getattr(event, name) for name in SECTIONS)
    assert event.sections == ({"a": 1}, None, None, {"b": 2})
