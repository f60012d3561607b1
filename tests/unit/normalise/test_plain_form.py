"""An event that is written at once has the bytes of the canonical event that would be built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_build import events
from tests.unit.normalise.test_corpus import ROWS, _read
from tests.unit.normalise.test_likeness import FAMILY, MADE, WHOLE
from tests.unit.normalise.test_quiet import ODD
from tracehub.avro.catalogue import bundled, event_subject
from tracehub.avro.codec import Codec
from tracehub.avro.compiled import compiled
from tracehub.avro.fast import GIVEN_UP, FastCodec, Write
from tracehub.avro.package import has_compiled
from tracehub.errors import RejectError
from tracehub.model.event import CATEGORIES, Header
from tracehub.normalise.body_fields import layout_of
from tracehub.normalise.build import build
from tracehub.normalise.formats import epcis_json
from tracehub.normalise.header import NO_PRODUCT
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.plain_form import sections_of
from tracehub.testing.load_hub import make_load
from tracehub.testing.price import LANES

REFERENCE = Codec(bundled())
LAYOUTS = {each: layout_of(bundled().newest(event_subject(each))) for each in CATEGORIES}
HEADER = Header(
    *("urn:x:1", "food", "ObjectEvent", "ADD", "", "", ("trace",), "none", 0, 1),
    *("", "none", "", "none", (), NO_PRODUCT, ()),
)


@pytest.fixture(scope="module")
def writers(leave_out: Callable[[str], NoReturn]) -> Mapping[str, Write]:
    if not has_compiled():
        leave_out("the compiled codec: make compiled")
    codec = FastCodec(bundled(), compiled(bundled()))
    assert codec.writing is not None
    made: Mapping[str, Write] = codec.writing(sections_of)
    assert set(made) == set(CATEGORIES)
    return made


def built(event: PlainEvent, header: Header) -> Any:
    """What comes of building and writing; None when one of them fails."""
    try:
        return REFERENCE.encode(build(event, header, LAYOUTS[header.category]))
    except (*GIVEN_UP, IndexError):
        return None


def assert_same(event: PlainEvent, write: Write, header: Header = HEADER) -> None:
    """Written at once is as built, or left to that."""
    try:
        found = write(event, header)
    except GIVEN_UP:
        return
    assert found == built(event, header)


@pytest.mark.parametrize("category", CATEGORIES)
def test_attribute_when_it_is_there_is_written_as_built(
    writers: Mapping[str, Write], category: str
) -> None:
    header = HEADER._replace(category=category)
    for key in LAYOUTS[category].attributes:
        event = {"eventTime": "2026-01-31T00:00:00Z", key: "é"}
        assert writers[category](event, header) == built(event, header)


@pytest.mark.usefixtures("corpus")
def test_corpus_when_written_at_once_is_as_built(writers: Mapping[str, Write]) -> None:
    written = 0
    for row in ROWS:
        try:
            found = _read(row)
        except RejectError:
            continue
        for each in found:
            assert_same(each.event, writers["food"])
            if row["valid"] == "yes":
                assert writers["food"](each.event, HEADER) == built(each.event, HEADER)
                written += 1
    assert written > len(ROWS) / 2


@pytest.mark.parametrize("changed", [{}, WHOLE, FAMILY, MADE], ids=str)
def test_event_when_rich_is_written_as_built(
    writers: Mapping[str, Write], document: Document, changed: Mapping[str, Any]
) -> None:
    (found,) = epcis_json.read(document(**changed))
    assert writers["food"](found.event, HEADER) == built(found.event, HEADER)


def test_load_when_written_at_once_is_as_built(writers: Mapping[str, Write]) -> None:
    load = make_load(LANES["epcis-json"].shape, "epcis-json")
    for each in load.records(300):
        if not load.templates[each.template].truth.code:
            (found,) = epcis_json.read(each.value)
            assert writers["food"](found.event, HEADER) == built(found.event, HEADER)


def test_event_when_any_is_written_as_built(writers: Mapping[str, Write]) -> None:
    @given(events)
    def holds(event: PlainEvent) -> None:
        assert writers["food"](event, HEADER) == built(event, HEADER)

    holds()


def test_event_when_a_field_is_spoiled_is_written_as_built_or_left(
    writers: Mapping[str, Write],
) -> None:
    @given(event=events, odd=ODD | st.just("\ud800"), data=st.data())
    def holds(event: PlainEvent, odd: Any, data: st.DataObject) -> None:
        assert_same({**event, data.draw(st.sampled_from(sorted(event))): odd}, writers["food"])

    holds()
