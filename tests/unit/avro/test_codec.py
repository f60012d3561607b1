from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import HEADERS, events
from tracehub.avro.catalogue import bundled, event_subject
from tracehub.avro.codec import FRAME, NULL, Codec, read_record, write_record
from tracehub.avro.engines import codec_of
from tracehub.errors import RejectError
from tracehub.model.event import CATEGORIES, SECTIONS, Event, Header, Party, Product

CODEC = Codec(bundled())
CODECS = (CODEC, codec_of(bundled(), "generated"), codec_of(bundled()))
"""The reference, the engine that is always there, and the fastest that is."""
RECEIPT = {
    "connection": "provincial/zhejiang",
    "effect_key": b"\x01" * 32,
    "event_id": "urn:uuid:1",
    "category": "drug",
    "topic": "raw.drug.provincial.zhejiang",
    "partition": 3,
    "offset": 4,
    "item": 0,
    "status": "delivered",
    "reference": "R-1",
    "code": "",
    "text": "",
    "attempts": 1,
    "received_at": 1,
    "delivered_at": 2,
    "cut": ["personal"],
}


def header(category: str = "drug") -> Header:
    return Header(
        event_id="ni:///sha-256;abc?ver=CBV2.0",
        category=category,
        event_type="ObjectEvent",
        action="OBSERVE",
        biz_step="shipping",
        disposition="in_transit",
        kinds=("trace", "inspection-failure"),
        correction="none",
        declared_at=0,
        occurred_at=1_700_000_000_000,
        origin_region="330000",
        origin_basis="location",
        destination_region="",
        destination_basis="none",
        parties=(Party("owner", "uscc", "91330000MA27X12345"),),
        product=Product("sgtin", "urn:epc:id:sgtin:6901234.000001.1"),
        addressees=(),
    )


def without(event: Event, kept: int) -> Event:
    cut: dict[str, Any] = dict.fromkeys(SECTIONS[kept:])
    return event._replace(**cut)


def code_of(read: Callable[[bytes], object], value: bytes) -> str:
    with pytest.raises(RejectError) as caught:
        read(value)
    return caught.value.code


@pytest.mark.parametrize("category", CATEGORIES)
def test_event_when_written_reads_back_as_it_was(category: str) -> None:
    @given(events(category))
    def holds(event: Event) -> None:
        encoded = CODEC.encode(event)
        decoded = CODEC.decode(encoded.value)
        assert decoded.event == event
        assert decoded.offsets == encoded.offsets
        assert CODEC.header(encoded.value) == event.header
        assert CODEC.offsets(encoded.value) == encoded.offsets
        assert CODEC.is_canonical(encoded.value)

    holds()


@given(events("drug"), st.integers(0, len(SECTIONS)))
def test_value_when_cut_at_an_offset_reads_as_the_event_without_the_later_sections(
    event: Event, kept: int
) -> None:
    value, offsets = CODEC.encode(event)
    end = offsets[kept] if kept < len(SECTIONS) else len(value)
    view = value[:end] + NULL * (len(SECTIONS) - kept)
    assert CODEC.decode(view).event == without(event, kept)


@given(events("food"))
def test_value_when_truncated_at_any_byte_is_rejected(event: Event) -> None:
    value, _ = CODEC.encode(event)
    for length in range(len(value)):
        expected = "avro/empty" if not length else "avro/magic" if length < FRAME else ""
        assert code_of(CODEC.decode, value[:length]) == (expected or "avro/malformed")


@given(HEADERS, st.data())
def test_header_when_the_prefix_is_truncated_is_rejected(
    header: Header, data: st.DataObject
) -> None:
    value, offsets = CODEC.encode(Event(header))
    length = data.draw(st.integers(FRAME, offsets[0] - 1))
    assert code_of(CODEC.header, value[:length]) == "avro/malformed"


@given(HEADERS)
def test_header_when_the_body_is_broken_is_read_all_the_same(claimed: Header) -> None:
    value, offsets = CODEC.encode(Event(claimed))
    assert CODEC.header(value[: offsets[0]] + b"\xff\xff") == claimed


def claims_of(header: Header) -> Header:
    product = header.product._replace(id="")
    return header._replace(event_id="", declared_at=0, occurred_at=0, parties=(), product=product)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.engine)
def test_routing_when_bytes_are_equal_has_equal_fields_to_route_by(codec: Codec) -> None:
    @given(HEADERS, HEADERS)
    def holds(one: Header, other: Header) -> None:
        third = claims_of(one)._replace(event_id=other.event_id, parties=other.parties)
        for each in (other, third):
            first, second = (codec.routing(CODEC.encode(Event(of)).value) for of in (one, each))
            assert second[:3] == (each.event_id, each.declared_at, each.key)
            assert (first.claims == second.claims) == (claims_of(one) == claims_of(each))
            assert (first.parties == second.parties) == (one.parties == each.parties)

    holds()


@given(events("hazardous"), st.data())
def test_value_when_a_byte_is_changed_is_rejected_or_an_event_still(
    event: Event, data: st.DataObject
) -> None:
    value, _ = CODEC.encode(event)
    index = data.draw(st.integers(FRAME, len(value) - 1))
    changed = value[:index] + bytes([data.draw(st.integers(0, 255))]) + value[index + 1 :]
    with suppress(RejectError):
        decoded = CODEC.decode(changed).event
        if decoded.header.category in CATEGORIES:
            again = CODEC.encode(decoded).value
            assert CODEC.encode(CODEC.decode(again).event).value == again


def test_value_when_bytes_follow_the_event_is_rejected() -> None:
    value, _ = CODEC.encode(Event(header()))
    assert code_of(CODEC.decode, value + b"\x00") == "avro/trailing-bytes"


def test_value_when_a_section_has_a_third_branch_is_rejected() -> None:
    value, offsets = CODEC.encode(Event(header()))
    broken = value[: offsets[0]] + b"\x04" + value[offsets[0] + 1 :]
    assert code_of(CODEC.decode, broken) == "avro/malformed"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"", "avro/empty"),
        (b"\x00\x00\x00", "avro/magic"),
        (b"\x01\x00\x00\x03\xeb", "avro/magic"),
        (b'{"type": "ObjectEvent"}', "avro/magic"),
        (b"\x00\x00\x00\x00\x01\x00", "avro/unknown-schema"),
        (b"\x00\x00\x00\x04\x4d\x00", "avro/unknown-schema"),
    ],
)
def test_value_when_its_frame_names_no_event_is_rejected(value: bytes, code: str) -> None:
    assert code_of(CODEC.header, value) == code
    assert code_of(CODEC.decode, value) == code
    assert not CODEC.is_canonical(value)


def test_event_when_written_names_the_schema_of_its_category() -> None:
    for category in CATEGORIES:
        value = CODEC.encode(Event(header(category))).value
        wire_id = bundled().newest(event_subject(category)).wire_id
        assert value[:FRAME] == b"\x00" + wire_id.to_bytes(4, "big")


def test_codec_when_ids_are_a_registry_s_writes_and_reads_those() -> None:
    ids = {schema.wire_id: schema.wire_id + 70_000 for schema in bundled()}
    codec = Codec(bundled().with_ids(ids))
    value = codec.encode(Event(header())).value
    assert value[1:FRAME] == (71_003).to_bytes(4, "big")
    assert codec.header(value) == header()
    assert code_of(CODEC.header, value) == "avro/unknown-schema"


def test_category_when_written_by_a_later_hub_reads_as_unknown() -> None:
    value, _ = CODEC.encode(Event(header()))
    at = value.index(bytes([2 * (1 + CATEGORIES.index("drug"))]), FRAME)
    assert CODEC.header(value[:at] + b"\x00" + value[at + 1 :]).category == "unknown"


def test_record_when_written_reads_back_as_it_was() -> None:
    schema = bundled().newest("receipt-value")
    value = write_record(RECEIPT, schema)
    assert read_record(value, bundled()) == RECEIPT
    assert code_of(CODEC.decode, value) == "avro/unknown-schema"


def test_record_when_truncated_is_rejected() -> None:
    value = write_record(RECEIPT, bundled().newest("receipt-value"))
    assert code_of(lambda each: read_record(each, bundled()), value[:-1]) == "avro/malformed"
