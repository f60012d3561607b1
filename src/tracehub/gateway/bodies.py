"""Bodies: what may be sent, by media type, as schemas of the OpenAPI document with an example each.

A schema says what a document looks like; whether it holds is for the rules (docs/rules.md). Must
not know who sends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tracehub.gateway.sheet import CSV, XLSX

Bodies = Mapping[str, Mapping[str, Any]]
"""What stands in `requestBody.content`, by media type."""
_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_TIME: Final = {"type": "string", "format": "date-time"}
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "An EPCIS 2.0 event in JSON-LD, with the extensions of docs/canonical.md.",
    "required": ["type", "eventTime", "eventTimeZoneOffset"],
    "properties": {
        "@context": {},
        "type": {
            "enum": [
                *("ObjectEvent", "AggregationEvent", "TransactionEvent"),
                *("TransformationEvent", "AssociationEvent"),
            ]
        },
        "eventID": {"type": "string", "description": "Repeat it only to correct or to retry."},
        "eventTime": _TIME,
        "eventTimeZoneOffset": {"type": "string", "pattern": "^[+-][0-9]{2}:[0-9]{2}$"},
        "action": {"enum": ["ADD", "OBSERVE", "DELETE"]},
        "bizStep": {"type": "string"},
        "disposition": {"type": "string"},
        "epcList": {"type": "array", "items": {"type": "string"}},
        "quantityList": {"type": "array", "items": {"type": "object"}},
        "errorDeclaration": {"type": "object", "properties": {"declarationTime": _TIME}},
    },
}
_DOCUMENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "An EPCIS 2.0 document in JSON-LD.",
    "required": ["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
    "properties": {
        "@context": {},
        "type": {"const": "EPCISDocument"},
        "schemaVersion": {"type": "string"},
        "creationDate": _TIME,
        "epcisBody": {
            "type": "object",
            "required": ["eventList"],
            "properties": {"eventList": {"type": "array", "items": _EVENT}},
        },
    },
}
_SAID: Final[dict[str, Any]] = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-24T08:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": ["urn:epc:id:sgtin:6901028.007583.1001"],
    "action": "OBSERVE",
    "bizStep": "shipping",
    "sourceList": [{"type": "owning_party", "source": "urn:tracehub:uscc:913301000000000009"}],
}
_SENT: Final[dict[str, Any]] = {
    "@context": [_CONTEXT],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-11-24T08:00:00+08:00",
    "epcisBody": {"eventList": [_SAID]},
}
_ROWS: Final = (
    "批次,日期,条码,数量,企业\r\nB1,2026-11-02 08:00:00,6901028075831,12.5,91350100M000100Y43"
)


def _json(schema: Mapping[str, Any], example: Any) -> dict[str, Mapping[str, Any]]:
    body = {"schema": schema, "example": example} if example else {"schema": schema}
    return {"application/json": body, "application/ld+json": body}


_TEXT: Final = {"schema": {"type": "string"}}
_XML: Final = {"application/xml": _TEXT, "text/xml": _TEXT}

EVENT: Final[Bodies] = _json(_EVENT, {"@context": [_CONTEXT], **_SAID})
DOCUMENT: Final[Bodies] = {**_json(_DOCUMENT, _SENT), **_XML}
RECORD: Final[Bodies] = {**_json({}, None), **_XML}
SHEET: Final[Bodies] = {
    CSV: {"schema": {"type": "string"}, "example": _ROWS},
    XLSX: {"schema": {"type": "string", "format": "binary"}},
}
NONE: Final[Bodies] = {}
