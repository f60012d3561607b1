"""The names of EPCIS 2.0 and the shape below each (GS1 EPCIS 2.0 sections 7 and 10).

One truth for the readers of JSON and XML and for the checks. Must not know any syntax.
"""

from __future__ import annotations

from typing import Final

TIMES: Final = ("eventTime", "recordTime")
WORDS: Final = ("action", "bizStep", "disposition", "eventTimeZoneOffset")
IDS: Final = ("eventID", "parentID", "transformationID")
TEXTS: Final = frozenset({"type", *TIMES, *WORDS, *IDS})

EPC_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITY_LISTS: Final = (
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
)
PLACES: Final = ("readPoint", "bizLocation")
TYPED_LISTS: Final = {
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}
"""List -> the field of its elements that stands beside `type`."""

QUANTITY: Final = frozenset({"epcClass", "quantity", "uom"})
PLACE: Final = frozenset({"id"})
ERROR_DECLARATION: Final = frozenset({"declarationTime", "reason", "correctiveEventIDs"})
DISPOSITION: Final = frozenset({"set", "unset"})
SENSOR_ELEMENT: Final = frozenset({"sensorMetadata", "sensorReport"})
METADATA: Final = {
    "time": "time",
    "startTime": "start_time",
    "endTime": "end_time",
    "deviceID": "device_id",
    "deviceMetadata": "device_metadata",
    "rawData": "raw_data",
    "dataProcessingMethod": "data_processing_method",
    "bizRules": "biz_rules",
}
"""Field of sensorMetadata -> its name in the canonical event. So for the next two."""
REPORT_TEXTS: Final = {
    "type": "type",
    "exception": "exception",
    "deviceID": "device_id",
    "deviceMetadata": "device_metadata",
    "rawData": "raw_data",
    "dataProcessingMethod": "data_processing_method",
    "bizRules": "biz_rules",
    "time": "time",
    "microorganism": "microorganism",
    "chemicalSubstance": "chemical_substance",
    "component": "component",
    "stringValue": "string_value",
    "hexBinaryValue": "hex_binary_value",
    "uriValue": "uri_value",
    "uom": "uom",
    "coordinateReferenceSystem": "coordinate_reference_system",
}
REPORT_NUMBERS: Final = {
    "value": "value",
    "minValue": "min_value",
    "maxValue": "max_value",
    "meanValue": "mean_value",
    "sDev": "s_dev",
    "percRank": "perc_rank",
    "percValue": "perc_value",
}
REPORT_FLAG: Final = "booleanValue"
REPORT: Final = frozenset({*REPORT_TEXTS, *REPORT_NUMBERS, REPORT_FLAG})

_ALWAYS: Final = frozenset(
    {
        "type",
        "eventID",
        "eventTime",
        "eventTimeZoneOffset",
        "recordTime",
        "errorDeclaration",
    }
)
_EVERYWHERE: Final = _ALWAYS | frozenset(
    {
        "certificationInfo",
        "bizStep",
        "disposition",
        "persistentDisposition",
        "sensorElementList",
        *PLACES,
        *TYPED_LISTS,
    }
)
FACT: Final = "none"
"""The type of a fact outside EPCIS: a decision on a party, without goods."""
ALLOWED: Final = {
    FACT: _ALWAYS | {*PLACES, *TYPED_LISTS},
    "ObjectEvent": _EVERYWHERE | {"action", "epcList", "quantityList", "ilmd"},
    "AggregationEvent": _EVERYWHERE | {"action", "parentID", "childEPCs", "childQuantityList"},
    "AssociationEvent": _EVERYWHERE | {"action", "parentID", "childEPCs", "childQuantityList"},
    "TransactionEvent": _EVERYWHERE | {"action", "parentID", "epcList", "quantityList"},
    "TransformationEvent": _EVERYWHERE
    | {"transformationID", "ilmd"}
    | {"inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList"},
}
"""Event type -> its fields."""
EVENT: Final = frozenset[str]().union(*ALLOWED.values())
