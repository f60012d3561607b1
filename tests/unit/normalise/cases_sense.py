"""Cases for the rules about an event as a whole, in the form of `cases.py`."""

from __future__ import annotations

from typing import Any

THING = "urn:epc:id:sgtin:6901028.007583.1"
SENSE_FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "epcis/sensor-period",
        ".sensorElementList[0].sensorMetadata",
        {
            "sensorElementList": [
                {
                    "sensorMetadata": {
                        "startTime": "2026-01-31T08:00:00Z",
                        "endTime": "2026-01-31T07:59:59Z",
                    },
                    "sensorReport": [{"type": "Temperature", "value": 4.0, "uom": "CEL"}],
                }
            ]
        },
    ),
    (
        "tracehub/decision-period",
        ".{urn:tracehub:v1:}decision",
        {
            "tracehub:decision": {
                "tracehub:subject": "914403001922038216",
                "tracehub:valid_from": "2026-02-01",
                "tracehub:valid_until": "2026-01-01",
            }
        },
    ),
    (
        "epcis/parent-in-children",
        ".parentID",
        {
            "type": "AggregationEvent",
            "parentID": "urn:epc:id:giai:4000001.1",
            "epcList": None,
            "childEPCs": ["urn:epc:id:giai:4000001.1"],
        },
    ),
]
SENSE_NOTES: list[tuple[str, str, dict[str, Any]]] = [
    ("epcis/zone-differs", ".eventTime", {"eventTime": "2026-01-31T08:00:00+09:00"}),
    ("epcis/record-before-event", ".recordTime", {"recordTime": "2026-01-30T08:00:00Z"}),
    (
        "epcis/declared-before-event",
        ".errorDeclaration.declarationTime",
        {"errorDeclaration": {"declarationTime": "2026-01-30T08:00:00Z"}},
    ),
    (
        "epcis/action-against-step",
        ".action",
        {"action": "DELETE", "bizStep": "commissioning"},
    ),
    ("epcis/action-against-step", ".action", {"action": "ADD", "bizStep": "destroying"}),
    ("epcis/epc-repeated", ".epcList", {"epcList": [THING, THING]}),
    (
        "epcis/input-is-output",
        ".outputEPCList",
        {
            "type": "TransformationEvent",
            "action": None,
            "epcList": None,
            "inputEPCList": [THING],
            "outputEPCList": [THING],
        },
    ),
    (
        "epcis/uom-missing",
        ".quantityList[0]",
        {"quantityList": [{"epcClass": "urn:epc:class:lgtin:6901028.007583.B7", "quantity": 1.5}]},
    ),
    (
        "epcis/party-missing",
        "",
        {
            "type": "TransactionEvent",
            "bizTransactionList": [{"bizTransaction": "urn:example:po:1"}],
        },
    ),
]
