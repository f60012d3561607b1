"""Plain events -> one EPCIS 2.0 document in XML; `epcis_xml.py` reads it back the same.

What XML has no form for is carried as JSON (`carried.py`). Must not know what makes an event valid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

from tracehub.normalise import fields
from tracehub.normalise.formats.carried import CARRIER, can_carry, pack
from tracehub.normalise.formats.xml_names import prefixed
from tracehub.normalise.formats.xml_text import number
from tracehub.normalise.formats.xml_value import add_extension, can_hold, is_name
from tracehub.normalise.plain import PlainEvent

_EPCIS: Final = "urn:epcglobal:epcis:xsd:2"
Write: TypeAlias = Callable[[Element, str, Any], bool]
"""Adds a field to an element; False, and nothing added, when XML has no form for its value."""


def write_xml(events: Sequence[PlainEvent], created: str) -> bytes:
    """A document of these events.

    Args:
        events: plain events.
        created: the document's own time, ISO 8601.

    Raises:
        ValueError: a value can neither be written nor carried; says where.
    """
    root = Element(f"{{{_EPCIS}}}EPCISDocument", {"schemaVersion": "2.0", "creationDate": created})
    listed = SubElement(SubElement(root, "EPCISBody"), "EventList")
    for event in events:
        element = SubElement(listed, event["type"])
        held = {key: event[key] for key in _ORDER if key in event}
        held |= {key: value for key, value in event.items() if key not in _WRITTEN}
        _hold(element, held, _EVENT, fields.EVENT)
    written: bytes = tostring(prefixed(root), encoding="utf-8", xml_declaration=True)
    return written


def _hold(
    element: Element, held: Mapping[str, Any], writes: Mapping[str, Write], known: frozenset[str]
) -> None:
    """Write an object's fields as children, and carry those that can't be."""
    carried = {
        key: value
        for key, value in held.items()
        if not writes.get(key, add_extension)(element, key, value)
    }
    if carried:
        SubElement(element, CARRIER).text = _packed(carried, known)


def _packed(carried: Mapping[str, Any], known: frozenset[str]) -> str:
    for key, value in carried.items():
        if not can_carry(key, value, known):
            raise ValueError(f"'{key}' holds what XML can't")
    return pack(carried)


def _text(element: Element, name: str, value: Any) -> bool:
    if not (isinstance(value, str) and value and can_hold(value)):
        return False
    SubElement(element, name).text = value
    return True


def _number(element: Element, name: str, value: Any) -> bool:
    text = _spelled(value)
    if text is not None:
        SubElement(element, name).text = text
    return text is not None


def _spelled(value: Any) -> str | None:
    """A number as text that is read as the same number."""
    if value.__class__ is bool or not isinstance(value, int | float):
        return None
    text = repr(value)
    return text if number(text) == value else None


def _texts(item: str) -> Write:
    """A list of texts, each an element of its own."""

    def write(element: Element, name: str, value: Any) -> bool:
        if not all(isinstance(each, str) and can_hold(each) for each in value):
            return False
        listed = SubElement(element, name)
        for each in value:
            SubElement(listed, item).text = each
        return True

    return write


def _repeated(element: Element, name: str, value: Any) -> bool:
    if not all(isinstance(each, str) and can_hold(each) for each in value):
        return False
    for each in value:
        SubElement(element, name).text = each
    return True


def _object(writes: Mapping[str, Write], known: frozenset[str]) -> Write:
    def write(element: Element, name: str, value: Any) -> bool:
        _hold(SubElement(element, name), value, writes, known)
        return True

    return write


def _objects(item: str, each: Write) -> Write:
    """A list of objects."""

    def write(element: Element, name: str, value: Any) -> bool:
        listed = SubElement(element, name)
        for entry in value:
            each(listed, item, entry)
        return True

    return write


def _entries(element: Element, name: str, value: Any) -> bool:
    """Transactions, sources or destinations: text, with everything else as attributes."""
    listed, item = SubElement(element, name), fields.TYPED_LISTS[name]
    for entry in value:
        child = SubElement(listed, item)
        held = dict(entry)
        text = held.get(item)
        if isinstance(text, str) and can_hold(text):
            child.text = held.pop(item)
        _attributes(child, held, frozenset({"type", item}))
    return True


def _measured(known: frozenset[str]) -> Write:
    """An element whose fields are attributes."""

    def write(element: Element, name: str, value: Any) -> bool:
        for each in value if isinstance(value, list) else (value,):
            _attributes(SubElement(element, name), each, known)
        return True

    return write


def _attributes(element: Element, held: Mapping[str, Any], known: frozenset[str]) -> None:
    carried = {}
    for key, value in held.items():
        text = _attribute(key, value)
        if text is None:
            carried[key] = value
        else:
            element.set(key, text)
    if carried:
        element.set(CARRIER, _packed(carried, known))


def _attribute(key: str, value: Any) -> str | None:
    """A field as an attribute's value; None when XML has no form for it."""
    if key.startswith("{"):
        is_text = isinstance(value, str) and can_hold(value)
        return value if is_text and is_name(key) else None
    if key in fields.REPORT_NUMBERS:
        return _spelled(value)
    if key == fields.REPORT_FLAG:
        return {True: "true", False: "false"}.get(value)
    return value if isinstance(value, str) and can_hold(value) else None


_METADATA: Final = frozenset(fields.METADATA)
_RECORD: Final[Mapping[str, Write]] = dict.fromkeys(
    fields.QUANTITY | fields.PLACE | fields.ERROR_DECLARATION, _text
)
_SENSOR: Final[Mapping[str, Write]] = {
    "sensorMetadata": _measured(_METADATA),
    "sensorReport": _measured(fields.REPORT),
}
_SIDES: Final[Mapping[str, Write]] = dict.fromkeys(fields.DISPOSITION, _repeated)
_EVENT: Final[Mapping[str, Write]] = {
    **dict.fromkeys(fields.TEXTS - {"type"}, _text),
    **dict.fromkeys(fields.EPC_LISTS, _texts("epc")),
    **dict.fromkeys(
        fields.QUANTITY_LISTS,
        _objects("quantityElement", _object({**_RECORD, "quantity": _number}, fields.QUANTITY)),
    ),
    **dict.fromkeys(fields.TYPED_LISTS, _entries),
    **dict.fromkeys(fields.PLACES, _object(_RECORD, fields.PLACE)),
    "errorDeclaration": _object(
        {**_RECORD, "correctiveEventIDs": _texts("correctiveEventID")}, fields.ERROR_DECLARATION
    ),
    "persistentDisposition": _object(_SIDES, fields.DISPOSITION),
    "sensorElementList": _objects("sensorElement", _object(_SENSOR, fields.SENSOR_ELEMENT)),
    "ilmd": _object({}, frozenset()),
    "certificationInfo": _repeated,
}
_ORDER: Final[tuple[str, ...]] = (
    *("eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration"),
    *("certificationInfo", "parentID", "epcList", "childEPCs", "inputEPCList"),
    *("inputQuantityList", "outputEPCList", "outputQuantityList", "childQuantityList", "action"),
    *("transformationID", "bizStep", "disposition", "readPoint", "bizLocation"),
    *("bizTransactionList", "quantityList", "sourceList", "destinationList"),
    *("sensorElementList", "persistentDisposition", "ilmd"),
)
"""The order of the schema of EPCIS 2.0 (GS1 EPCIS 2.0 section 9)."""
_WRITTEN: Final = frozenset({*_ORDER, "type"})
