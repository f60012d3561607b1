"""For every rule about an event: a change to a good one that makes it speak, and where.

Each case is (rule, path below the event, changed fields).
"""

from __future__ import annotations

from typing import Any

from tests.unit.normalise.cases_sense import SENSE_FAULTS, SENSE_NOTES

Case = tuple[str, str, dict[str, Any]]

OWN = "{urn:tracehub:v1:}"
CHILDREN: dict[str, Any] = {"epcList": None, "childEPCs": ["urn:epc:id:giai:4000001.1"]}
OWNER = "urn:tracehub:uscc:914403001922038216"
REPORT = {"type": "Temperature", "value": 4.0, "uom": "CEL"}
SENSED_AT = ".sensorElementList[0].sensorReport[0]"
SENSED: dict[str, Any] = {"sensorElementList": [{"sensorReport": [REPORT]}]}
NO_GOODS: dict[str, Any] = {
    "type": "none",
    **dict.fromkeys(("action", "bizStep", "disposition", "epcList")),
}

FAULTS: list[Case] = [
    *SENSE_FAULTS,
    ("epcis/event-type-unknown", ".type", {"type": "QuantityEvent"}),
    ("tracehub/fact-incomplete", "", NO_GOODS),
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
    ("epcis/field-type", SENSED_AT, {"sensorElementList": [{"sensorReport": [1.5]}]}),
    ("epcis/epc-format", ".epcList[0]", {"epcList": [""]}),
    ("epcis/epc-format", ".epcList[0]", {"epcList": ["a b"]}),
    (
        "epcis/quantity-negative",
        ".quantityList[0].quantity",
        {"quantityList": [{"epcClass": "urn:a:b", "quantity": -1}]},
    ),
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

CHANGES: list[Case] = [
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
        SENSED_AT,
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

NOTES: list[Case] = [
    *SENSE_NOTES,
    ("code/opaque", ".epcList[0]", {"epcList": ["urn:example:thing:1"]}),
    (
        "code/check-digit",
        ".epcList[0]",
        {"epcList": ["https://id.gs1.org/8003/030013450007718765"]},
    ),
    (
        "gb2260/abolished",
        ".readPoint",
        {"readPoint": {"id": "urn:a:b", "tracehub:region": "110103"}},
    ),
    (
        "gb2260/not-yet",
        ".bizLocation",
        {"bizLocation": {"id": "urn:a:b", "tracehub:region": "659013"}},
    ),
    ("gb2260/unknown", ".readPoint", {"readPoint": {"id": "urn:a:b", "tracehub:region": "330199"}}),
]
