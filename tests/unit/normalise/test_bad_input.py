"""Records that can't be read: each kind has its own code, and none does harm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tracehub.avro.codec import Codec
from tracehub.errors import RejectError
from tracehub.normalise import fields
from tracehub.normalise.formats import json_text
from tracehub.normalise.formats.text import check_encoding
from tracehub.normalise.rule_book import RULES
from tracehub.normalise.verdict import Accepted, Quarantined

Judge = Callable[..., Sequence[Accepted | Quarantined]]
Document = Callable[..., bytes]

XML = b'<ObjectEvent xmlns:t="urn:t">%s</ObjectEvent>'
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b"<ObjectEvent><action>&b;</action></ObjectEvent>"
)
UTF16 = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a">]><ObjectEvent/>'

REFUSED = {
    "empty value": (b"", "document/empty"),
    "900 KB": (b'{"a":"' + b"x" * 900_000 + b'"}', "document/too-large"),
    "invalid UTF-8": (b'{"a":"\xff"}', "document/not-utf8"),
    "UTF-16 with a mark": ("{}".encode("utf-16"), "document/not-utf8"),
    "UTF-16 without a mark": (UTF16.encode("utf-16-le"), "document/not-utf8"),
    "NUL in JSON": (b'{"a":"\0"}', "document/not-utf8"),
    "NUL behind JSON": (b'{"type":"ObjectEvent"}\0', "document/not-utf8"),
    "cut JSON in another encoding": ('{"a":"批'.encode("gb18030"), "document/not-utf8"),
    "neither format": (b"id;time\n1;2", "document/unrecognised"),
    "blanks": (b"  \n", "document/unrecognised"),
    "a number": (b"[1", "json/syntax"),
    "a foreign object": (b'{"a":1}', "document/unrecognised"),
    "an empty list": (b"[]", "document/no-events"),
    "an empty document": (b'{"@context":[],"type":"EPCISDocument"}', "document/no-events"),
    "cut JSON": (b'{"type":"ObjectEvent"', "json/syntax"),
    "trailing JSON": (b"{}{}", "json/syntax"),
    "NaN": (b'{"a":NaN}', "json/syntax"),
    "infinite number": (b'{"a":1e999}', "json/syntax"),
    "lone surrogate": (b'{"a":"\\ud800"}', "json/syntax"),
    "duplicate key": (b'{"type":"a","type":"b"}', "json/duplicate-key"),
    "duplicate key, escaped": (b'{"ty\\u0070e":"a\\"","type":"b"}', "json/duplicate-key"),
    "duplicate key, deep": (b'[{"a":[{"b":1,"b":{"c":1}}]}]', "json/duplicate-key"),
    "deep JSON": (b"[" * 33 + b"]" * 33, "json/too-deep"),
    "very deep JSON": (b"[" * 100_000 + b"]" * 100_000, "json/syntax"),
    "long integer": (b'{"a":12345678901234567890123}', "json/number-precision"),
    "long fraction": (b'{"a":0.12345678901234567890123}', "json/number-precision"),
    "DTD": (BOMB, "xml/dtd"),
    "entity in a comment": (b"<!--<!ENTITY--><ObjectEvent/>", "xml/dtd"),
    "cut XML": (b"<ObjectEvent><action>", "xml/syntax"),
    "unknown entity": (XML % b"<action>&lt;&foo;</action>", "xml/syntax"),
    "deep XML": (b"<a>" * 33 + b"</a>" * 33, "xml/too-deep"),
    "very deep XML": (b"<a>" * 30_000 + b"</a>" * 30_000, "xml/too-deep"),
    "foreign XML": (b"<html/>", "document/unrecognised"),
    "foreign namespace": (b'<ObjectEvent xmlns="urn:other"/>', "document/unrecognised"),
    "XML without events": (b"<EPCISDocument/>", "document/no-events"),
    "wrong schema id": (b"\x00\x00\x00\x00\x01rest", "avro/unknown-schema"),
    "short frame": (b"\x00\x00", "avro/magic"),
    "a dead letter": (b"\x00\x00\x00\x04\x4drest", "avro/unknown-schema"),
}


@pytest.mark.parametrize(("value", "code"), REFUSED.values(), ids=REFUSED)
def test_record_when_it_cannot_be_read_is_refused_by_its_own_code(
    value: bytes, code: str, judge: Judge
) -> None:
    with pytest.raises(RejectError) as refused:
        judge(value)
    assert refused.value.code == code
    assert refused.value.item is None
    assert RULES[code].zh


def test_codes_when_bad_input_is_listed_are_all_met() -> None:
    raised = {code for _, code in REFUSED.values()}
    families = ("document/", "json/", "xml/")
    known = {rule for rule in RULES if rule.startswith(families)}
    assert known - raised == {"document/byte-order-mark", "document/too-many-events"}


def test_document_when_it_has_a_byte_order_mark_is_accepted_with_a_reason(
    judge: Judge, document: Document
) -> None:
    (item,) = judge(b"\xef\xbb\xbf" + document())
    assert isinstance(item, Accepted)
    assert item.verdict == "accept-normalised"
    assert [reason.rule for reason in item.reasons] == ["document/byte-order-mark"]


def test_document_when_nested_exactly_as_deep_as_allowed_is_read(judge: Judge) -> None:
    value = b"[" * 32 + b"]" * 32
    (item,) = judge(value)
    assert isinstance(item, Quarantined)


@pytest.mark.parametrize("cut", [6, 20, 60, -1])
def test_avro_when_cut_short_is_malformed(cut: int, judge: Judge, document: Document) -> None:
    (good,) = judge(document())
    assert isinstance(good, Accepted)
    with pytest.raises(RejectError) as refused:
        judge(good.value[:cut])
    assert refused.value.code == "avro/malformed"


def test_avro_when_bytes_follow_is_refused(judge: Judge, document: Document) -> None:
    (good,) = judge(document())
    assert isinstance(good, Accepted)
    with pytest.raises(RejectError) as refused:
        judge(good.value + b"\x00")
    assert refused.value.code == "avro/trailing-bytes"


def test_document_when_one_event_is_bad_keeps_the_others(
    judge: Judge, document: Document, codec: Codec
) -> None:
    good = document()
    start = good.index(b'"eventList":[') + len(b'"eventList":[')
    event = good[start:-3]
    bad = event.replace(b"OBSERVE", b"SEEN")
    value = good[:start] + b",".join((event, bad, event)) + good[-3:]
    first, second, third = judge(value)
    assert isinstance(first, Accepted)
    assert isinstance(second, Quarantined)
    assert isinstance(third, Accepted)
    assert (first.item, second.item, third.item) == (0, 1, 2)
    assert second.error.item == 1
    assert second.error.code == "epcis/action-unknown"
    assert second.event_id == third.event.header.event_id
    assert codec.decode(third.value).event == third.event


NAMES = st.sampled_from(
    [
        *sorted(fields.EVENT),
        "@id",
        "@type",
        "@context",
        "example:a",
        "tracehub:testResult",
        "tracehub:decision",
        "tracehub:certificate",
        "tracehub:addressee",
        "tracehub:kind",
        "https://a/b",
        "a}b",
        "",
    ]
)
PARTS = st.sampled_from(
    [
        "type",
        "id",
        "source",
        "set",
        "sensorReport",
        "epcClass",
        "quantity",
        "declarationTime",
        "@id",
    ]
)
SCALARS = st.sampled_from(
    [None, 0, 1.5, True, "", "x y", "urn:a:b", "ADD", "urn:epc:id:sgtin:..", "urn:tracehub:uscc:"]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(PARTS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, ANYTHING, max_size=4))
def test_event_when_any_field_holds_anything_is_judged(
    judge: Judge, document: Document, changed: dict[str, Any]
) -> None:
    parsed = orjson.loads(document())
    parsed["epcisBody"]["eventList"][0].update(changed)
    (item,) = judge(orjson.dumps(parsed))
    if isinstance(item, Accepted):
        (again,) = judge(item.value)
        assert isinstance(again, Accepted), again


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_avro_when_bytes_are_changed_is_judged_or_refused(
    judge: Judge, document: Document, data: st.DataObject
) -> None:
    (good,) = judge(document(**{"tracehub:price": "1"}))
    assert isinstance(good, Accepted)
    value = bytearray(good.value)
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(5, len(value) - 1))] = data.draw(st.integers(0, 255))
    try:
        judge(bytes(value))
    except RejectError as error:
        known = ("avro/", "catalogue/")
        assert error.code.startswith(known)  # noqa: PT017 - some changes do no harm


@given(st.binary(max_size=4), st.integers(0, 14), st.integers(0, 14))
@example(b"\xed\xa0\x80", 6, 7)
@example(b"\xc0\x80", 6, 6)
@example(b"\0", 13, 14)
def test_json_when_it_can_be_read_is_utf8_without_nul(odd: bytes, start: int, end: int) -> None:
    good = '[{"批":"é"}]'.encode()
    value = good[:start] + odd + good[max(start, end) :]
    try:
        json_text.parse(value)
    except RejectError:
        return
    check_encoding(value)
