"""Every rule about an event speaks when it should, at the right place, and not otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tracehub.normalise import rules_naming, rules_own, rules_what, rules_why
from tracehub.normalise.rules import CHANGE, FAULT, NOTE, Rule
from tracehub.normalise.verdict import ACCEPT, NORMALISED, Accepted, Quarantined

Accept = Callable[..., Accepted]
Refuse = Callable[..., Quarantined]

E0 = "$.epcisBody.eventList[0]"
OWN = "{urn:tracehub:v1:}"
CHILDREN: dict[str, Any] = {"epcList": None, "childEPCs": ["urn:epc:id:giai:4000001.1"]}
OWNER = "urn:tracehub:uscc:914403001922038216"
REPORT = {"type": "Temperature", "value": 4.0, "uom": "CEL"}
SENSED: dict[str, Any] = {"sensorElementList": [{"sensorReport": [REPORT]}]}

FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("epcis/event-type-unknown", ".type", {"type": "QuantityEvent"}),
    ("epcis/event-id-format", ".eventID", {"eventID": ""}),
    ("epcis/event-id-format", ".eventID", {"eventID": "urn:a b"}),
    ("epcis/event-time-missing", ".eventTime", {"eventTime": None}),
    ("epcis/event-time-format", ".eventTime", {"eventTime": "22-07-2026"}),
    ("epcis/event-time-format", ".eventTime", {"eventTime": "2026-02-30T08:00:00Z"}),
    ("epcis/event-time-format", ".eventTime", {"eventTime": "2026-02-03T25:00:00Z"}),
    ("epcis/time-zone-missing", ".eventTime", {"eventTime": "2026-02-03T08:00:00"}),
    ("epcis/offset-missing", ".eventTimeZoneOffset", {"eventTimeZoneOffset": None}),
    ("epcis/offset-format", ".eventTimeZoneOffset", {"eventTimeZoneOffset": "+15:00"}),
    ("epcis/offset-format", ".eventTimeZoneOffset", {"eventTimeZoneOffset": "Beijing"}),
    ("epcis/time-format", ".recordTime", {"recordTime": "yesterday"}),
    ("epcis/action-missing", ".action", {"action": None}),
    ("epcis/action-unknown", ".action", {"action": "observe"}),
    ("epcis/object-missing", "", {"epcList": None}),
    ("epcis/object-missing", "", {"epcList": []}),
    ("epcis/object-missing", "", {"epcList": None, **SENSED}),
    ("epcis/field-not-allowed", ".childEPCs", {"childEPCs": ["urn:epc:id:giai:4000001.1"]}),
    ("epcis/field-unknown", ".vendor", {"vendor": "x"}),
    ("epcis/field-unknown", ".other:vendor", {"other:vendor": "x"}),
    ("epcis/field-type", ".bizStep", {"bizStep": 5}),
    ("epcis/field-type", ".epcList", {"epcList": "urn:epc:id:giai:4000001.1"}),
    ("epcis/field-type", ".epcList", {"epcList": [1]}),
    ("epcis/field-type", ".readPoint", {"readPoint": "urn:epc:id:sgln:4012345.00001.0"}),
    ("epcis/field-type", ".sensorElementList", {"sensorElementList": {}}),
    ("epcis/epc-format", ".epcList[0]", {"epcList": [""]}),
    ("epcis/epc-format", ".epcList[0]", {"epcList": ["a b"]}),
    ("epcis/epc-class-missing", ".quantityList[0]", {"quantityList": [{"quantity": 1}]}),
    (
        "epcis/quantity-not-number",
        ".quantityList[0].quantity",
        {"quantityList": [{"epcClass": "urn:a:b", "quantity": "5"}]},
    ),
    (
        "epcis/quantity-not-number",
        ".quantityList[0].quantity",
        {"quantityList": [{"epcClass": "urn:a:b", "quantity": 9007199254740993}]},
    ),
    (
        "epcis/quantity-not-number",
        ".quantityList[0].quantity",
        {"quantityList": [{"epcClass": "urn:a:b", "quantity": True}]},
    ),
    (
        "epcis/uom-format",
        ".quantityList[0].uom",
        {"quantityList": [{"epcClass": "urn:a:b", "quantity": 1, "uom": "公斤"}]},
    ),
    ("epcis/place-id-missing", ".bizLocation", {"bizLocation": {}}),
    ("epcis/biz-step-unknown", ".bizStep", {"bizStep": "teleporting"}),
    ("epcis/biz-step-unknown", ".bizStep", {"bizStep": "urn:epcglobal:cbv:bizstep:teleporting"}),
    ("epcis/disposition-unknown", ".disposition", {"disposition": "in_transport"}),
    (
        "epcis/disposition-unknown",
        ".persistentDisposition.set[0]",
        {"persistentDisposition": {"set": ["gone"]}},
    ),
    (
        "epcis/field-unknown",
        ".persistentDisposition.{https://ns.example.com/epcis/}a",
        {"persistentDisposition": {"set": ["recalled"], "example:a": "x"}},
    ),
    (
        "epcis/transaction-type-unknown",
        ".bizTransactionList[0].type",
        {"bizTransactionList": [{"type": "receipt", "bizTransaction": "urn:a:b"}]},
    ),
    (
        "epcis/entry-id-missing",
        ".bizTransactionList[0]",
        {"bizTransactionList": [{"type": "po"}]},
    ),
    ("epcis/party-type-missing", ".sourceList[0]", {"sourceList": [{"source": "urn:a:b"}]}),
    (
        "epcis/party-type-unknown",
        ".sourceList[0].type",
        {"sourceList": [{"type": "place", "source": "urn:a:b"}]},
    ),
    ("epcis/declaration-time-missing", ".errorDeclaration", {"errorDeclaration": {}}),
    (
        "epcis/error-reason-unknown",
        ".errorDeclaration.reason",
        {"errorDeclaration": {"declarationTime": "2026-02-03T08:00:00Z", "reason": "oops"}},
    ),
    (
        "epcis/certification-info-format",
        ".certificationInfo",
        {"certificationInfo": [{"gs1:a": "b"}]},
    ),
    (
        "epcis/sensor-report-missing",
        ".sensorElementList[0]",
        {"sensorElementList": [{"sensorMetadata": {}}]},
    ),
    (
        "epcis/sensor-alert-unknown",
        ".sensorElementList[0].sensorReport[0].exception",
        {"sensorElementList": [{"sensorReport": [{**REPORT, "exception": "HOT"}]}]},
    ),
    (
        "epcis/parent-id-missing",
        "",
        {"type": "AggregationEvent", "action": "ADD", **CHILDREN},
    ),
    ("epcis/parent-id-missing", "", {"type": "AssociationEvent", **CHILDREN}),
    (
        "epcis/children-missing",
        "",
        {"type": "AggregationEvent", "epcList": None, "parentID": "urn:epc:id:giai:4000001.1"},
    ),
    ("epcis/transaction-missing", "", {"type": "TransactionEvent"}),
    (
        "epcis/transformation-sides",
        "",
        {
            "type": "TransformationEvent",
            "action": None,
            "epcList": None,
            "inputEPCList": ["urn:epc:id:giai:4000001.1"],
        },
    ),
    (
        "gtin/check-digit",
        ".epcList[0]",
        {"epcList": ["https://id.gs1.org/01/06901028075832/21/1"]},
    ),
    ("sscc/check-digit", ".epcList[0]", {"epcList": ["https://id.gs1.org/00/040123451111111119"]}),
    (
        "gln/check-digit",
        ".sourceList[0].source",
        {
            "sourceList": [
                {"type": "owning_party", "source": "https://id.gs1.org/417/4012345000017"}
            ]
        },
    ),
    (
        "uscc/check-char",
        ".destinationList[0].destination",
        {
            "destinationList": [
                {
                    "type": "owning_party",
                    "destination": "urn:tracehub:uscc:91350100M000100Y4Z",
                }
            ]
        },
    ),
    (
        "uscc/alphabet",
        ".sourceList[0].source",
        {
            "sourceList": [
                {"type": "owning_party", "source": "urn:tracehub:uscc:91350100MO00100Y43"}
            ]
        },
    ),
    (
        "uscc/form",
        ".sourceList[0].source",
        {"sourceList": [{"type": "owning_party", "source": "urn:tracehub:uscc:9135"}]},
    ),
    (
        "tracehub/attribute-not-text",
        f".{OWN}production_date",
        {"tracehub:production_date": 20260131},
    ),
    ("tracehub/attribute-not-text", f".{OWN}price", {"tracehub:price": {"a": "b"}}),
    (
        "tracehub/element-shape",
        f".{OWN}testResult",
        {"tracehub:testResult": {"tracehub:item": "cadmium"}},
    ),
    (
        "tracehub/element-shape",
        f".{OWN}testResult",
        {"tracehub:testResult": {"tracehub:verdict": "bad"}},
    ),
    ("tracehub/element-shape", f".{OWN}decision", {"tracehub:decision": "x"}),
    ("tracehub/addressee-format", f".{OWN}addressee", {"tracehub:addressee": "zhejiang"}),
    ("tracehub/kind-unknown", f".{OWN}kind", {"tracehub:kind": ["party"]}),
    (
        "tracehub/region-format",
        f".readPoint.{OWN}region",
        {"readPoint": {"id": "urn:a:b", "tracehub:region": "浙江"}},
    ),
    (
        "gb2260/province-unknown",
        f".sourceList[0].{OWN}region",
        {"sourceList": [{"type": "location", "source": "urn:a:b", "tracehub:region": "160000"}]},
    ),
]

CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("epcis/vocabulary-spelling", ".bizStep", {"bizStep": "urn:epcglobal:cbv:bizstep:packing"}),
    (
        "epcis/vocabulary-spelling",
        ".bizStep",
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-packing"},
    ),
    ("epcis/vocabulary-spelling", ".bizStep", {"bizStep": "cbv:BizStep-packing"}),
    ("epcis/bare-uuid", ".eventID", {"eventID": "374d95fc-9457-4a51-bd6a-0bba133845a8"}),
    ("epcis/offset-spelling", ".eventTimeZoneOffset", {"eventTimeZoneOffset": "+0800"}),
    ("epcis/comment-dropped", ".rdfs:comment", {"rdfs:comment": "hello"}),
    ("epcis/comment-dropped", ".@version", {"@version": 1.1}),
    ("epcis/time-without-seconds", ".eventTime", {"eventTime": "2026-01-31T08:00+08:00"}),
    ("epcis/epc-not-uri", ".epcList[0]", {"epcList": ["81234567890123456789"]}),
    ("epcis/ilmd-extended", ".ilmd", {"ilmd": {"example:lot": "1"}}),
    (
        "epcis/certification-info-not-uri",
        ".certificationInfo[0]",
        {"certificationInfo": "certificate 12"},
    ),
    (
        "epcis/sensor-type-missing",
        ".sensorElementList[0].sensorReport[0]",
        {"sensorElementList": [{"sensorReport": [{"value": 1}]}]},
    ),
    (
        "epcis/measurement-type-unknown",
        ".sensorElementList[0].sensorReport[0].type",
        {"sensorElementList": [{"sensorReport": [{"type": "Mood", "value": 1}]}]},
    ),
    (
        "epcis/component-unknown",
        ".sensorElementList[0].sensorReport[0].component",
        {"sensorElementList": [{"sensorReport": [{**REPORT, "component": "w"}]}]},
    ),
    (
        "epcis/persistent-disposition-extended",
        ".persistentDisposition",
        {
            "type": "AggregationEvent",
            "parentID": "urn:epc:id:giai:4000001.2",
            "persistentDisposition": {"set": ["recalled"]},
            **CHILDREN,
        },
    ),
    (
        "uscc/normalised",
        ".sourceList[0].source",
        {"sourceList": [{"type": "owning_party", "source": "91512081ma62k0260e"}]},
    ),
]

NOTES: list[tuple[str, str, dict[str, Any]]] = [
    ("code/opaque", ".epcList[0]", {"epcList": ["urn:example:thing:1"]}),
    (
        "code/check-digit",
        ".epcList[0]",
        {"epcList": ["https://id.gs1.org/8003/030013450007718765"]},
    ),
]


def _name(case: tuple[str, str, dict[str, Any]]) -> str:
    return f"{case[0]} {next(iter(case[2]))}"


@pytest.mark.parametrize("case", FAULTS, ids=_name)
def test_event_when_it_breaks_a_rule_is_quarantined_by_it(
    case: tuple[str, str, dict[str, Any]], refused: Refuse
) -> None:
    rule, path, changed = case
    error = refused(**changed).error
    assert (error.code, error.reasons[0].path) == (rule, f"{E0}{path}")
    assert error.item == 0


@pytest.mark.parametrize("case", CHANGES, ids=_name)
def test_event_when_its_form_is_not_ours_is_accepted_normalised(
    case: tuple[str, str, dict[str, Any]], accepted: Accept
) -> None:
    rule, path, changed = case
    item = accepted(**changed)
    assert item.verdict == NORMALISED
    assert (rule, f"{E0}{path}") in {(each.rule, each.path) for each in item.reasons}


@pytest.mark.parametrize("case", NOTES, ids=_name)
def test_event_when_something_is_worth_knowing_is_accepted_with_a_note(
    case: tuple[str, str, dict[str, Any]], accepted: Accept
) -> None:
    rule, path, changed = case
    item = accepted(**changed)
    assert item.verdict == ACCEPT
    assert [(each.rule, each.path) for each in item.reasons] == [(rule, f"{E0}{path}")]


def test_event_when_it_meets_every_rule_is_accepted_without_reasons(accepted: Accept) -> None:
    item = accepted()
    assert (item.verdict, item.reasons) == (ACCEPT, ())


@pytest.mark.parametrize("value", ["https://example.com/steps/a", "urn:example:step", "ext:a"])
def test_biz_step_when_it_is_a_uri_of_the_publishers_own_is_kept(
    value: str, accepted: Accept
) -> None:
    assert accepted(bizStep=value).event.header.biz_step == value


def test_faults_when_there_are_several_are_all_named(refused: Refuse) -> None:
    reasons = refused(action="GO", bizStep="fly", eventTime="now").error.reasons
    assert {reason.rule for reason in reasons} == {
        "epcis/action-unknown",
        "epcis/biz-step-unknown",
        "epcis/event-time-format",
    }


def test_cases_when_rules_are_added_cover_them() -> None:
    shown = {case[0] for case in (*FAULTS, *CHANGES, *NOTES)}
    only_in_formats = {
        rule.id
        for rule in vars(rules_naming).values()
        if isinstance(rule, Rule) and rule.id.startswith(("epcis/context", "epcis/element"))
    } | {"epcis/field-repeated", "epcis/xml-type-dropped", "epcis/empty-element"}
    elsewhere = ("canonical/", "catalogue/")
    tables = (rules_naming, rules_what, rules_why, rules_own)
    rules = [each for table in tables for each in vars(table).values() if isinstance(each, Rule)]
    missing = {each.id for each in rules} - shown - only_in_formats
    assert {rule for rule in missing if not rule.startswith(elsewhere)} == set()
    assert {each.severity for each in rules} == {FAULT, CHANGE, NOTE}
