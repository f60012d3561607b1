from __future__ import annotations

from io import BytesIO
from typing import Any

import fastavro
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import events
from tracehub.avro.catalogue import bundled, event_subject
from tracehub.avro.codec import FRAME, Codec
from tracehub.avro.prescan import MAX_DEPTH, MAX_ITEMS, Prescan
from tracehub.errors import ConfigError, RejectError

CODEC = Codec(bundled())
EVENT = bundled().newest(event_subject("food")).parsed
EVENT_WALK = Prescan(EVENT)
MIXED = fastavro.parse_schema(
    {
        "type": "record",
        "name": "Mixed",
        "fields": [
            {"name": "text", "type": "string"},
            {"name": "whole", "type": ["null", "int", {"type": "long"}]},
            {"name": "truth", "type": "boolean"},
            {"name": "fraction", "type": "double"},
            {"name": "short", "type": "float"},
            {"name": "colour", "type": {"type": "enum", "name": "C", "symbols": ["red", "blue"]}},
            {"name": "other", "type": "C"},
            {"name": "digest", "type": {"type": "fixed", "name": "D", "size": 4}},
            {"name": "nothings", "type": {"type": "array", "items": "null"}},
            {"name": "named", "type": {"type": "map", "values": {"type": "array", "items": "int"}}},
        ],
    }
)
MIXED_WALK = Prescan(MIXED)
START = b"\x02a\x00\x01" + b"\0" * 12 + b"\x00\x02abcd"
"""Everything before the lists."""
EMPTY = b"\x00"


def code_of(walk: Prescan, value: bytes) -> str:
    """The code that a value is refused by; empty when it is accepted."""
    try:
        walk.check(value, 0)
    except RejectError as error:
        return error.code
    return ""


def rewritten(schema: Any, value: bytes) -> bytes | None:
    """What fastavro writes after reading, with what it left; None when it can't read."""
    source = BytesIO(value)
    try:
        fields: Any = fastavro.schemaless_reader(source, schema, None)
    except (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError):
        return None
    out = BytesIO()
    fastavro.schemaless_writer(out, schema, fields)
    return out.getvalue() if source.tell() == len(value) else None


def long_form(number: int) -> bytes:
    """A number as Avro writes it."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def mixed(*lists: bytes) -> bytes:
    return START + b"".join(lists)


ACCEPTED = {
    "empty lists": mixed(EMPTY, EMPTY),
    "two blocks": mixed(b"\x02\x04\x00", EMPTY),
    "block with its size": mixed(EMPTY, b"\x01\x0a\x02b\x02\x06\x00\x00"),
    "block with a long size": mixed(
        EMPTY, b"\x01" + long_form(203) + long_form(200) + b"k" * 200 + b"\x00\x00"
    ),
    "as many items as allowed": mixed(long_form(MAX_ITEMS) + b"\x00", EMPTY),
    "least and largest int": mixed(EMPTY, b"\x02\x02k\x04" + b"\xff\xff\xff\xff\x0f" * 2 + b"\0\0"),
}
REFUSED = {
    "nothing": (b"", "avro/malformed"),
    "a length beyond the end": (b"\x7ea", "avro/malformed"),
    "a skip beyond the end": (START[:-2], "avro/malformed"),
    "a negative length": (b"\x01" + START[1:], "avro/malformed"),
    "a fourth branch": (b"\x02a\x06" + START[3:] + b"\0\0", "avro/malformed"),
    "a negative branch": (b"\x02a\x01" + START[3:] + b"\0\0", "avro/malformed"),
    "a third symbol": (START[:16] + b"\x04" + START[17:] + b"\0\0", "avro/malformed"),
    "a truth value of two": (b"\x02a\x00\x02" + START[4:] + b"\0\0", "avro/malformed"),
    "an int of 33 bits": (
        b"\x02a\x02\x80\x80\x80\x80\x10" + START[3:] + b"\0\0",
        "avro/malformed",
    ),
    "a long of 65 bits": (b"\x02a\x04" + b"\xff" * 9 + b"\x02" + START[3:], "avro/varint"),
    "an endless number": (b"\xff" * 1_000_000, "avro/varint"),
    "a cut number": (b"\xff" * 5, "avro/malformed"),
    "a number with a useless byte": (b"\x82\x00" + START[1:] + b"\0\0", "avro/varint"),
    "a zero in two bytes": (mixed(b"\x80\x00", EMPTY), "avro/varint"),
    "fifty million nothings": (
        mixed(long_form(50_000_000) + b"\x00", EMPTY),
        "avro/too-many-items",
    ),
    "the same, counted negative": (
        mixed(long_form(-50_000_000) + b"\x00\x00", EMPTY),
        "avro/too-many-items",
    ),
    "the least number as a count": (
        mixed(long_form(-(1 << 63)) + b"\x00\x00"),
        "avro/too-many-items",
    ),
    "too many in sum": (
        mixed(long_form(MAX_ITEMS - 1) + b"\x04\x00", EMPTY),
        "avro/too-many-items",
    ),
    "a block with a wrong size": (mixed(EMPTY, b"\x01\x08\x02b\x02\x06\x00\x00"), "avro/malformed"),
    "a block with a negative size": (
        mixed(EMPTY, b"\x01\x07\x02b\x02\x06\x00\x00"),
        "avro/malformed",
    ),
    "a byte too many": (mixed(EMPTY, EMPTY, b"\x00"), "avro/trailing-bytes"),
}


@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED)
def test_value_when_it_is_legal_is_accepted(value: bytes) -> None:
    assert code_of(MIXED_WALK, value) == ""
    assert rewritten(MIXED, value) is not None


@pytest.mark.parametrize(("value", "code"), REFUSED.values(), ids=REFUSED)
def test_value_when_it_does_harm_is_refused_by_its_code(value: bytes, code: str) -> None:
    assert code_of(MIXED_WALK, value) == code


@pytest.mark.parametrize("number", [0, 1, -1, 63, 64, -65, 2**31, -(2**63), 2**63 - 1])
def test_long_when_it_has_any_size_is_accepted_as_written(number: int) -> None:
    assert code_of(Prescan(fastavro.parse_schema({"type": "long"})), long_form(number)) == ""


def nested(levels: int) -> Any:
    schema: Any = "int"
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return fastavro.parse_schema(schema)


def test_schema_when_nested_exactly_as_deep_as_allowed_is_compiled() -> None:
    assert (
        code_of(Prescan(nested(MAX_DEPTH)), b"\x02" * MAX_DEPTH + b"\x00" * (MAX_DEPTH + 1)) == ""
    )
    with pytest.raises(ConfigError, match="nested more than 32"):
        Prescan(nested(MAX_DEPTH + 1))


def test_schema_when_it_holds_itself_is_refused() -> None:
    chained = {
        "type": "record",
        "name": "Chain",
        "fields": [{"name": "next", "type": ["null", "Chain"]}],
    }
    with pytest.raises(ConfigError, match="Chain holds itself"):
        Prescan(fastavro.parse_schema(chained))


@given(events("food"))
def test_event_when_this_hub_wrote_it_is_accepted(event: Any) -> None:
    value = CODEC.encode(event).value[FRAME:]
    assert code_of(EVENT_WALK, value) == ""


def agrees(walk: Prescan, schema: Any, value: bytes) -> None:
    """Accepted exactly when fastavro reads all and writes the same again.

    Two differences are meant: texts are fastavro's to judge, and lists may come in blocks.
    """
    code, again = code_of(walk, value), rewritten(schema, value)
    if again == value:
        assert code in {"", "avro/too-many-items"}
    elif not code and again is not None:
        assert code_of(walk, again) == ""
    elif not code:
        with pytest.raises(UnicodeDecodeError):
            fastavro.schemaless_reader(BytesIO(value), schema, None)


@example(mixed(b"\x01\x00\x00", EMPTY))
@given(st.lists(st.sampled_from([b"\x00", b"\x01", b"\x02", b"\x04", b"\x80", b"a"])).map(b"".join))
def test_bytes_when_they_are_any_are_accepted_as_fastavro_reads_them(tail: bytes) -> None:
    agrees(MIXED_WALK, MIXED, START + tail)


@given(events("food"), st.data())
def test_event_when_its_bytes_are_changed_is_accepted_as_fastavro_reads_it(
    event: Any, data: st.DataObject
) -> None:
    value = bytearray(CODEC.encode(event).value[FRAME:])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(value) - 1))
        value[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    agrees(EVENT_WALK, EVENT, bytes(value))
