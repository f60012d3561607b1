"""JSON-LD: what names mean, and where events stand."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tracehub.normalise.formats import epcis_json, json_text
from tracehub.normalise.plain import Found

GS1 = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EVENT: dict[str, Any] = {"type": "ObjectEvent", "action": "ADD"}


def _read(context: Any, **fields: Any) -> Found:
    event = {"@context": context, **EVENT, **fields}
    (found,) = epcis_json.read(orjson.dumps(event))
    return found


def _rules(found: Found) -> list[str]:
    return [reason.rule for reason in (*found.faults, *found.changes)]


def test_extension_when_its_prefix_is_declared_has_a_full_name() -> None:
    found = _read([GS1, {"a": "urn:a:"}], **{"a:x": {"a:y": [1, {"a:z": None}]}})
    assert found.event == {**EVENT, "{urn:a:}x": {"{urn:a:}y": [1, {"{urn:a:}z": None}]}}
    assert _rules(found) == []


def test_extension_when_named_by_its_full_address_has_a_full_name() -> None:
    found = _read(GS1, **{"https://a.example/voc#x": "1"})
    assert found.event["{https://a.example/voc#}x"] == "1"


def test_extension_when_the_context_defines_the_term_has_a_full_name() -> None:
    terms = {"grade": {"@id": "https://a.example/voc/grade"}, "lot": "https://a.example/voc/lot"}
    found = _read([GS1, terms], grade="A", lot="7")
    assert found.event["{https://a.example/voc/}grade"] == "A"
    assert found.event["{https://a.example/voc/}lot"] == "7"


def test_extension_when_parts_have_no_namespace_keeps_their_names() -> None:
    found = _read([GS1, {"a": "urn:a:"}], **{"a:x": {"plain": "1"}})
    assert found.event["{urn:a:}x"] == {"plain": "1"}


@pytest.mark.parametrize(
    "fields",
    [{"vendor": 1}, {"a:x": 1}, {"ilmd": {"lot": "1"}}, {"readPoint": {"id": "x", "name": "y"}}],
)
def test_field_when_it_has_no_namespace_is_a_fault(fields: dict[str, Any]) -> None:
    assert _rules(_read(GS1, **fields)) == ["epcis/field-unknown"]


def test_extension_when_one_name_is_spelled_twice_is_a_fault() -> None:
    context = [GS1, {"a": "urn:a:", "b": "urn:a:"}]
    assert _rules(_read(context, **{"a:x": 1, "b:x": 2})) == ["epcis/field-repeated"]


@pytest.mark.parametrize(
    ("context", "rule"),
    [
        ({"type": "urn:other:type"}, "epcis/context-redefines"),
        ({"eventID": "urn:other:id"}, "epcis/context-redefines"),
        ({"bizStep": {"@id": "urn:other:step"}}, "epcis/context-redefines"),
        ({"cbv": "urn:other:"}, "epcis/context-redefines"),
        ({"gs1": "urn:other:"}, "epcis/context-redefines"),
        ({"a": 5}, "epcis/context-shape"),
        ({"a": None}, "epcis/context-shape"),
        ({"a": "urn:}:"}, "epcis/context-shape"),
        (7, "epcis/context-shape"),
        ({"@vocab": "urn:other:"}, "epcis/context-keyword"),
        ("https://example.com/context.jsonld", "epcis/context-unknown"),
        ("https://gs1.github.io/EPCIS/epcis-context.jsonld", "epcis/context-old"),
    ],
)
def test_context_when_it_is_unusual_is_named_by_its_rule(context: Any, rule: str) -> None:
    assert _rules(_read([GS1, context])) == [rule]


@pytest.mark.parametrize("base", ["https://gs1.org/voc/", "https://ref.gs1.org/voc/"])
def test_context_when_it_repeats_a_standard_prefix_is_fine(base: str) -> None:
    assert _rules(_read([GS1, {"gs1": base}])) == []


def test_context_when_an_event_has_one_adds_to_the_documents() -> None:
    events = [
        {**EVENT, "a:x": 1, "cbvmda:y": 2},
        {"@context": {"a": "urn:other:"}, **EVENT, "a:x": 1, "cbvmda:y": 2},
    ]
    document = {
        "@context": [GS1, {"a": "urn:a:", "cbvmda": "urn:own:"}],
        "type": "EPCISDocument",
        "epcisBody": {"eventList": events},
    }
    first, second = epcis_json.read(orjson.dumps(document))
    assert (first.event["{urn:a:}x"], first.event["{urn:own:}y"]) == (1, 2)
    assert (second.event["{urn:other:}x"], second.event["{urn:own:}y"]) == (1, 2)


def test_context_when_there_is_none_is_a_fault_of_each_event() -> None:
    found = epcis_json.read(orjson.dumps([EVENT, EVENT]))
    assert [_rules(each) for each in found] == [["epcis/context-missing"]] * 2
    assert [each.path for each in found] == ["$[0]", "$[1]"]


def test_document_when_it_is_a_query_result_names_the_path() -> None:
    results = {"queryName": "q", "resultsBody": {"eventList": [EVENT, 5]}}
    document = {
        "@context": GS1,
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": results},
    }
    first, second = epcis_json.read(orjson.dumps(document))
    assert first.path == "$.epcisBody.queryResults.resultsBody.eventList[0]"
    assert first.event == EVENT
    assert _rules(second) == ["epcis/field-type"]


def test_document_when_it_holds_one_event_is_read() -> None:
    document = {"@context": GS1, "type": "EPCISDocument", "epcisBody": {"event": EVENT}}
    (found,) = epcis_json.read(orjson.dumps(document))
    assert (found.path, found.event) == ("$.epcisBody.event", EVENT)


def test_event_when_it_uses_json_ld_keywords_is_read_with_a_reason() -> None:
    (found,) = epcis_json.read(b'{"@context":[],"@type":"ObjectEvent","eventTime":"x"}')
    assert found.event == {"type": "ObjectEvent", "eventTime": "x"}
    assert _rules(found) == ["epcis/comment-dropped"]


@pytest.mark.parametrize(
    "value",
    [
        b'{"a":"\\\\","b":"x\\"y:z","c":":"}',
        b'{"a":[{"b":1},{"b":1}],"b":{"a":{"a":1}}}',
        b'{"a":0.1,"b":1e3,"c":-0.0,"d":9007199254740993,"e":123456789012345.5}',
        b'"a:b"',
        b'{"\\u0022":1,"\\\\":2}',
    ],
)
def test_json_when_it_only_looks_odd_is_read(value: bytes) -> None:
    assert json_text.parse(value) == orjson.loads(value)
