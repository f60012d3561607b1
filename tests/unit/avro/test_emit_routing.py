"""Claims that are recognised by their bytes are routed as claims that are read."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tracehub.avro.catalogue import bundled, event_subject
from tracehub.avro.codec import FRAME, Codec
from tracehub.avro.generate import generated
from tracehub.avro.runtime import Known, Odd
from tracehub.errors import RejectError
from tracehub.model.event import Event, Header, Party, Product

REFERENCE = Codec(bundled())
FOOD = bundled().newest(event_subject("food")).wire_id


def test_routing_when_claims_are_recognised_is_as_when_they_are_read() -> None:
    """Whatever byte is another, added or gone, and whichever headers were read before."""
    header = Header(
        "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001",
        *("food", "ObjectEvent", "ADD", "shipping", "in_transit", ("trace", "sale"), "none"),
        *(0, 1_790_000_000_000, "330106", "biz_location", "440305", "location"),
        (Party("owner", "uscc", "91330000000000000X"), Party("holder", "gln", "6901028000016")),
        Product("sgtin", "01/06901028075831/21/1001"),
        (),
    )
    routing = generated(bundled()).functions[FOOD].routing
    scope: dict[str, Any] = routing.__globals__
    known = [each for each in scope.values() if isinstance(each, Known)]
    value = REFERENCE.encode(Event(header)).value
    end = len(value)
    others = [value[:at] + value[at + 1 :] for at in range(FRAME, end)]
    for at in range(FRAME, end):
        for byte in {0, 1, 2, 0x7E, 0x80, 0xFF, value[at] ^ 1, value[at] ^ 2, value[at] ^ 0x80}:
            others += [value[:at] + bytes([byte]) + value[at + 1 :]]
            others += [value[:at] + bytes([byte]) + value[at:]]
    others += [value[:at] for at in range(FRAME, len(value))]
    others += [
        value,
        REFERENCE.encode(Event(header._replace(addressees=("central/national",)))).value,
    ]

    def outcome(of: bytes) -> object:
        with suppress(Odd, RejectError, LookupError, ValueError):
            return routing(of)
        return None

    def read(of: bytes) -> object:
        for each in known:
            each.claims.clear()
        return outcome(of)

    expected = [read(each) for each in others]
    assert outcome(value) == routing(value)
    assert [outcome(each) for each in others] == expected
    assert 500 < len([each for each in expected if each]) < len(others)
