"""The EPCIS event hash id: one id for the same event, whoever wrote it down and how.

CBV 2.0 section 8.9: the event's properties in a fixed order, every value in one canonical
spelling, joined without separators, then SHA-256. `eventID`, `recordTime` and `errorDeclaration`
are left out, so a correction has the hash of the event that it corrects. The order and spelling
follow the published fixtures of the reference algorithm, which pin what the text leaves open.

CBV 2.1 is experimental: no fixtures of it are published. As far as its rules are (the reference
implementations' change of July 2026), it differs by leaving out `certificationInfo` and by spelling
numbers as exact decimals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from cryptography.hazmat.primitives import hashes

from tracehub.normalise.event_hash_values import (
    Number,
    by_decimal,
    by_double,
    free,
    identifier,
    instant,
    vocabulary,
)
from tracehub.normalise.plain import PlainEvent

Version = Literal["CBV2.0", "CBV2.1"]
PINNED: Final[Version] = "CBV2.0"
"""The version that ids of events without one of their own are made by."""
Algorithm = Literal["sha-256", "sm3"]
"""What the standard asks for, and GB/T 32905 beside it where national cryptography is asked for."""


def event_hash(
    event: PlainEvent, algorithm: Algorithm = "sha-256", version: Version = PINNED
) -> str:
    """The id `ni:///sha-256;<hex>?ver=CBV2.0` of a plain event.

    Ids of different versions are never equal and must not be compared.
    """
    return f"ni:///{algorithm};{digest(pre_hash(event, version), algorithm)}?ver={version}"


def digest(text: str, algorithm: Algorithm) -> str:
    """The digest of a text, in lower-case hexadecimal."""
    if algorithm == "sm3":
        sm3 = hashes.Hash(hashes.SM3())
        sm3.update(text.encode())
        return sm3.finalize().hex()
    return hashlib.sha256(text.encode()).hexdigest()


def pre_hash(event: PlainEvent, version: Version = PINNED) -> str:
    """The canonical text that is hashed."""
    if version == PINNED:
        return _EVENT(event, by_double) + _rest(event)
    return _EVENT({**event, "certificationInfo": ()}, by_decimal) + _rest(event)


Write = Callable[[Any, Number], str]
"""Spells a value; numbers in it by the version's own rule."""


def _field(name: str, spell: Callable[[Any], str]) -> Write:
    def write(value: Any, _: Number) -> str:
        return f"{name}={spell(value)}"

    return write


def _number(name: str) -> Write:
    def write(value: Any, number: Number) -> str:
        return f"{name}={number(value)}"

    return write


def _free(name: str) -> Write:
    def write(value: Any, number: Number) -> str:
        return f"{name}={free(value, number)}"

    return write


def _many(name: str, entry: Write) -> Write:
    """A list keyword, then its entries in the order of their text."""

    def write(values: Any, number: Number) -> str:
        return name + "".join(sorted(entry(value, number) for value in values)) if values else ""

    return write


def _element(slots: Mapping[str, Write], name: str = "") -> Write:
    """A keyword, the standard fields in their order, then extensions sorted by their text."""

    def write(values: Any, number: Number) -> str:
        known = [slots[slot](values[slot], number) for slot in slots if slot in values]
        return name + "".join(known) + extensions(values, number)

    return write


def extensions(values: Mapping[str, Any], number: Number) -> str:
    """All user extensions among an object's fields, in the order of their text."""
    found = [
        text
        for key, value in values.items()
        if key[0] in "{@" and (text := _extension(key.removeprefix("@"), value, number))
    ]
    return "".join(sorted(found))


def _extension(key: str, value: Any, number: Number) -> str:
    if isinstance(value, list):
        return "".join(sorted(_extension(key, each, number) for each in value))
    if isinstance(value, dict):
        inner = dict(value)
        text = inner.pop("#text", None)
        own = key if text is None else f"{key}={free(text, number)}"
        children = [
            _extension(name.removeprefix("@"), each, number) for name, each in inner.items()
        ]
        return own + "".join(sorted(children))
    return f"{key}={free(value, number)}" if value is not None else key


def _truth(value: Any) -> str:
    return "true" if value else "false"


def _spelled(kind: str) -> Callable[[Any], str]:
    def spell(value: Any) -> str:
        return vocabulary(kind, str(value))

    return spell


_QUANTITY: Final = _element(
    {
        "epcClass": _field("epcClass", identifier),
        "quantity": _number("quantity"),
        "uom": _field("uom", str),
    },
    "quantityElement",
)
_METADATA: Final = {
    **{name: _field(name, instant) for name in ("time", "startTime", "endTime")},
    **{
        name: _field(name, identifier)
        for name in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
    },
}
_REPORT: Final = {
    "type": _field("type", _spelled("measurement")),
    "exception": _field("exception", _spelled("alert")),
    **{
        name: _field(name, identifier)
        for name in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")
    },
    "time": _field("time", instant),
    "microorganism": _field("microorganism", identifier),
    "chemicalSubstance": _field("chemicalSubstance", identifier),
    "value": _number("value"),
    "component": _field("component", _spelled("component")),
    "stringValue": _free("stringValue"),
    "booleanValue": _field("booleanValue", _truth),
    "hexBinaryValue": _field("hexBinaryValue", str),
    "uriValue": _field("uriValue", identifier),
    **{
        name: _number(name)
        for name in ("minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
    },
    "uom": _field("uom", str),
    "coordinateReferenceSystem": _field("coordinateReferenceSystem", identifier),
}
_SENSOR: Final = _element(
    {
        "sensorMetadata": _element(_METADATA, "sensorMetadata"),
        "sensorReport": _many("", _element(_REPORT, "sensorReport")),
    },
    "sensorElement",
)


def _typed(kind: str, field: str, name: str) -> Write:
    slots = {"type": _field("type", _spelled(kind)), field: _field(field, identifier)}
    return _many(name, _element(slots))


def _epcs(name: str) -> Write:
    return _many(name, _field("epc", identifier))


def _quantities(name: str) -> Write:
    return _many(name, _QUANTITY)


def _dispositions(value: Any, _: Number) -> str:
    parts = [
        "".join(sorted(f"{name}={vocabulary('disposition', one)}" for one in value.get(name, ())))
        for name in ("set", "unset")
    ]
    return "persistentDisposition" + "".join(parts)


def _place(name: str) -> Write:
    return _element({"id": _field("id", identifier)}, name)


_SLOTS: Final[dict[str, Write]] = {
    "type": _field("eventType", str),
    "eventTime": _field("eventTime", instant),
    "eventTimeZoneOffset": _field("eventTimeZoneOffset", str),
    "certificationInfo": _many("", _field("certificationInfo", identifier)),
    "parentID": _field("parentID", identifier),
    "epcList": _epcs("epcList"),
    "childEPCs": _epcs("childEPCs"),
    "quantityList": _quantities("quantityList"),
    "childQuantityList": _quantities("childQuantityList"),
    "inputEPCList": _epcs("inputEPCList"),
    "inputQuantityList": _quantities("inputQuantityList"),
    "outputEPCList": _epcs("outputEPCList"),
    "outputQuantityList": _quantities("outputQuantityList"),
    "action": _field("action", str),
    "transformationID": _field("transformationID", identifier),
    "bizStep": _field("bizStep", _spelled("biz_step")),
    "disposition": _field("disposition", _spelled("disposition")),
    "persistentDisposition": _dispositions,
    "readPoint": _place("readPoint"),
    "bizLocation": _place("bizLocation"),
    "sensorElementList": _many("sensorElementList", _SENSOR),
    "bizTransactionList": _typed("transaction", "bizTransaction", "bizTransactionList"),
    "destinationList": _typed("source_destination", "destination", "destinationList"),
    "sourceList": _typed("source_destination", "source", "sourceList"),
    "ilmd": _element({}, "ilmd"),
}
"""Property order of CBV 2.0 section 8.9.2, as the fixtures have it."""
_EVENT: Final = _element(_SLOTS)


def _rest(event: PlainEvent) -> str:
    """Standard fields without a slot: business rules of a sensor report, with all their parents."""
    found = [
        f"sensorElementListsensorElementsensorReportbizRules={identifier(report['bizRules'])}"
        for element in event.get("sensorElementList", ())
        for report in element.get("sensorReport", ())
        if "bizRules" in report
    ]
    return "".join(sorted(found))
