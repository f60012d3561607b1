"""A header that fits a layout is routed as one that is read."""

from __future__ import annotations

from contextlib import suppress
from operator import itemgetter
from typing import Any

from tests.unit.avro.values import chance_of, damaged
from tracehub.avro.catalogue import bundled, event_subject
from tracehub.avro.codec import FRAME, Codec
from tracehub.avro.fast import GIVEN_UP
from tracehub.avro.generate import generated, heads_of
from tracehub.avro.layout_head import head_layout_of
from tracehub.avro.layouts import Layouts, Looked
from tracehub.avro.look import UNSEEN, Look
from tracehub.avro.shape import parts_of
from tracehub.model.event import Event, Header, Party, Product

FOOD = bundled().newest(event_subject("food"))
ROUTING = generated(bundled()).functions[FOOD.wire_id].routing
(READ,) = heads_of({FOOD.wire_id: parts_of(FOOD)}).values()
HEADER = Header(
    "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001",
    *("food", "ObjectEvent", "ADD", "shipping", "in_transit", ("trace", "sale"), "none"),
    *(0, 1_790_000_000_000, "330106", "biz_location", "440305", "location"),
    (Party("owner", "uscc", "91330000000000000X"), Party("holder", "gln", "6901028000016")),
    Product("sgtin", "01/06901028075831/21/1001"),
    (),
)
VALUE = Codec(bundled()).encode(Event(HEADER)).value


class Counted:
    """The layouts of headers, and how often the look was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.look = Layouts(self._read, head_layout_of, itemgetter(FRAME)).look

    def _read(self, value: bytes) -> Looked:
        self.asked += 1
        return READ(value)


def outcome(do: Any, value: bytes) -> Any:
    with suppress(*GIVEN_UP):
        return do(value)
    return None


def as_look(value: bytes) -> Look | None:
    found = outcome(ROUTING, value)
    if found is None or found.declared_at or not found.key:
        return None
    return Look(found.event_id, found.key, found.claims, found.parties, UNSEEN)


def test_header_when_it_fits_a_layout_is_routed_as_one_that_is_read() -> None:
    """Whatever byte is another, added or gone."""
    heads, chance = Counted(), chance_of(7)
    for _ in range(3):
        assert heads.look(VALUE) == as_look(VALUE)
    assert heads.asked == 2
    others = [VALUE[:at] + VALUE[at + 1 :] for at in range(FRAME, len(VALUE))]
    for at in range(FRAME, len(VALUE)):
        for byte in (0, 1, 2, 0x7E, 0x80, 0xFF, *(VALUE[at] ^ 1 << bit for bit in range(8))):
            others += [VALUE[:at] + bytes([byte]) + VALUE[at + 1 :]]
            others += [VALUE[:at] + bytes([byte]) + VALUE[at:]]
    others += [each for _ in range(300) for each in damaged(VALUE, chance)]
    fitted = 0
    for value in others:
        before = heads.asked
        found = outcome(heads.look, value)
        assert found in {None, as_look(value)}
        fitted += found is not None and before == heads.asked
    assert fitted > 500


def test_header_when_another_has_other_words_is_read_once_more_and_then_fits() -> None:
    heads, codec = Counted(), Codec(bundled())
    for words in ({"destination_region": "510107"}, {"biz_step": "receiving"}, {"parties": ()}):
        value = codec.encode(Event(HEADER._replace(**words))).value
        asked = heads.asked
        for _ in range(4):
            assert heads.look(value) == as_look(value)
        assert heads.asked == asked + 2


def test_header_when_an_error_is_declared_or_events_are_addressed_is_as_it_is_read() -> None:
    heads, codec = Counted(), Codec(bundled())
    addressed = codec.encode(Event(HEADER._replace(addressees=("central/national",)))).value
    declared = codec.encode(Event(HEADER._replace(declared_at=1_790_000_000_000))).value
    for _ in range(4):
        assert heads.look(addressed) == as_look(addressed)
        assert outcome(heads.look, declared) is None
