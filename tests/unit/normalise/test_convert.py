"""Whatever an event holds, it is the same after it was written in another format and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.normalise.test_build import CODEC, NORMALISER, SOURCE, events, keys, texts, values
from tests.unit.normalise.test_build import document as document_of
from tests.unit.normalise.test_corpus import VALID, Judge, Row, events_of
from tracehub.errors import RejectError
from tracehub.model.event import Event
from tracehub.normalise.convert import EPCIS_JSON, EPCIS_XML, to_canonical, to_epcis, to_mapped
from tracehub.normalise.formats import epcis_json, epcis_xml
from tracehub.normalise.mapping_shipped import shipped
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.unbuild import plain_of
from tracehub.normalise.verdict import Accepted

CREATED = "2026-02-01T00:00:00Z"
odd_keys = (
    keys
    | st.sampled_from(("@lang", "@{https://ns.example.com/epcis/}lang", "#text", "bare", "ext1"))
    | texts.filter(lambda text: bool(text) and text[0] not in "{@").map(
        lambda text: f"{{https://ns.example.com/epcis/}}{text.replace('}', '')}x"
    )
)
odd_values = st.recursive(
    texts | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_keys, inner, max_size=3),
    max_leaves=5,
)


def event_of(plain: PlainEvent) -> Event:
    (item,) = NORMALISER.normalise(document_of(plain), SOURCE)
    assert isinstance(item, Accepted), item
    return item.event


def with_extension(key: str, value: Any) -> Event:
    """A canonical event with any extension at all, whether or not a document could say it."""
    plain: PlainEvent = {
        "type": "ObjectEvent",
        "eventTime": CREATED,
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": ["urn:epc:id:sgtin:6901028.007583.1"],
    }
    event = event_of(plain)
    space, _, name = key[1:].rpartition("}")
    held = {"namespace": space, "name": name, "value": orjson.dumps(value).decode()}
    body = {"salt": "", "extensions": [held], "price": None, "contract_id": None}
    return event._replace(trade_secret={"body": body})


@pytest.mark.parametrize("form", [EPCIS_JSON, EPCIS_XML])
@given(plain=events)
def test_event_when_written_in_epcis_is_read_as_the_same(form: str, plain: PlainEvent) -> None:
    value = to_epcis([event_of(plain)], form, CREATED)
    (found,) = (epcis_json if form == EPCIS_JSON else epcis_xml).read(value)
    assert (found.event, found.faults, found.changes) == (plain, (), ())


@pytest.mark.parametrize("form", [EPCIS_JSON, EPCIS_XML])
@given(key=keys, value=odd_values | values)
def test_extension_when_it_has_no_form_there_comes_back_the_same(
    form: str, key: str, value: Any
) -> None:
    event = with_extension(key, value)
    (again,) = NORMALISER.normalise(to_epcis([event], form, CREATED), SOURCE)
    assert isinstance(again, Accepted), again
    assert plain_of(again.event) == plain_of(event)


@pytest.mark.parametrize("row", VALID, ids=lambda row: row["path"])
def test_document_of_the_corpus_when_converted_there_and_back_says_the_same(
    row: Row, judge: Judge, corpus: Path
) -> None:
    if row["event_count"] == "0":
        return
    first = events_of(judge((corpus / row["path"]).read_bytes()))
    in_xml = events_of(judge(to_epcis(first, EPCIS_XML, CREATED)))
    in_json = events_of(judge(to_epcis(in_xml, EPCIS_JSON, CREATED)))
    decoded = [CODEC.decode(value).event for value in to_canonical(in_json, CODEC)]
    for again in (in_xml, in_json, decoded):
        assert [plain_of(event) for event in again] == [plain_of(event) for event in first]


def test_event_when_the_field_table_has_no_place_for_a_field_is_refused_with_its_name() -> None:
    plain = {
        "type": "TransactionEvent",
        "action": "ADD",
        "bizStep": "retail_selling",
        "eventTime": "2026-02-01T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:tracehub:order:U:1"}],
        "sourceList": [{"type": "owning_party", "source": "urn:tracehub:uscc:914403001922038216"}],
        "epcList": ["urn:epc:id:sgtin:6901028.007583.1"],
    }
    good = event_of(plain)
    (written,) = to_mapped([good], shipped("ecommerce"))
    assert orjson.loads(written)["trade"][0]["orderNo"] == "1"
    more = event_of({**plain, "certificationInfo": ["urn:a:b"]})
    with pytest.raises(RejectError) as refused:
        to_mapped([more], shipped("ecommerce"))
    assert [(each.rule, each.path) for each in refused.value.reasons] == [
        ("convert/not-carried", "$[0].certificationInfo")
    ]


def test_fact_without_goods_when_converted_to_epcis_is_refused() -> None:
    fact = {
        "type": "none",
        "eventTime": CREATED,
        "eventTimeZoneOffset": "+08:00",
        "{urn:tracehub:v1:}kind": ["credit-change"],
        "{urn:tracehub:v1:}decision": {"{urn:tracehub:v1:}subject": "914403001922038216"},
    }
    with pytest.raises(RejectError, match="convert/not-epcis"):
        to_epcis([event_of(fact)], EPCIS_XML, CREATED)


@pytest.mark.parametrize(
    ("held", "path"),
    [
        ("[1]", "{urn:tracehub:v1:}json"),
        ("{", "{urn:tracehub:v1:}json"),
        ('{"colour": 1}', "{urn:tracehub:v1:}json"),
        ('{"epcList": [{}]}', "{urn:tracehub:v1:}json"),
        ('{"action": "ADD"}', "action"),
    ],
)
def test_carrier_when_it_holds_anything_else_is_a_fault(held: str, path: str) -> None:
    value = (
        '<ObjectEvent xmlns:t="urn:tracehub:v1:"><action>ADD</action>'
        f"<t:json>{held}</t:json></ObjectEvent>"
    )
    (found,) = epcis_xml.read(value.encode())
    assert [each.path for each in found.faults] == [f"$.{path}"]


def test_extension_when_its_json_is_broken_is_a_fault_in_either_syntax() -> None:
    in_xml = (
        b'<ObjectEvent xmlns:t="urn:tracehub:v1:" xmlns:e="urn:e:">'
        b'<e:n t:type="json">{</e:n></ObjectEvent>'
    )
    in_json = orjson.dumps(
        {
            "@context": {"t": "urn:tracehub:v1:", "e": "urn:e:"},
            "type": "ObjectEvent",
            "e:n": {"t:json": "{"},
        }
    )
    for (found,) in (epcis_xml.read(in_xml), epcis_json.read(in_json)):
        assert [(each.rule, each.path.rpartition(".")[2]) for each in found.faults] in (
            [("epcis/field-type", "{urn:e:}n")],
            [("epcis/field-type", "e:n")],
        )
