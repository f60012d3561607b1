"""Convert: events in any format that the hub writes, checked by reading them back.

What a format has no place for is named, never dropped in silence. Must not know files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tracehub.avro.codec import Codec
from tracehub.model.event import Event
from tracehub.normalise import fields, rules_convert
from tracehub.normalise.formats import epcis_json, epcis_xml
from tracehub.normalise.formats.write_json import write_json
from tracehub.normalise.formats.write_xml import write_xml
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.plain import Found, PlainEvent
from tracehub.normalise.spelling import settle
from tracehub.normalise.unbuild import plain_of

EPCIS_JSON: Final = "epcis-json"
EPCIS_XML: Final = "epcis-xml"
CANONICAL: Final = "canonical"
FORMATS: Final = (EPCIS_JSON, EPCIS_XML, CANONICAL)


def to_epcis(events: Sequence[Event], form: str, created: str) -> bytes:
    """One EPCIS 2.0 document in JSON or XML.

    Raises:
        RejectError: `convert/not-epcis`, `convert/not-carried`.
    """
    for index, event in enumerate(events):
        if event.header.event_type == fields.FACT:
            raise rules_convert.NOT_EPCIS.reject(f"event {index}")
    plain = [plain_of(event) for event in events]
    try:
        value = (write_json if form == EPCIS_JSON else write_xml)(plain, created)
    except ValueError as error:
        raise rules_convert.NOT_CARRIED.reject(str(error)) from None
    read = epcis_json.read if form == EPCIS_JSON else epcis_xml.read
    _compare(plain, read(value))
    return value


def to_canonical(events: Sequence[Event], codec: Codec) -> list[bytes]:
    """The bytes of every event by the newest schema of its category."""
    return [codec.encode(event).value for event in events]


def to_mapped(events: Sequence[Event], mapping: Mapping, syntax: str = "") -> list[bytes]:
    """Documents of another system.

    Raises:
        RejectError: `mapping/...`, `convert/not-carried`.
        ConfigError: the mapping does not write, or not this syntax.
    """
    documents = [mapping.bytes_of(each, syntax) for each in mapping.documents(events)]
    if mapping.reads:
        category = events[0].header.category if events else ""
        found = [each for document in documents for each in mapping.read(document, category)]
        for each in found:
            settle(each.event, each.path, [])
        _compare([plain_of(event) for event in events], found)
    return documents


def _compare(plain: Sequence[PlainEvent], found: Sequence[Found]) -> None:
    """Refuse to hand over what does not say the same."""
    lost = [
        rules_convert.NOT_CARRIED.at(f"$[{index}].{name}")
        for index, (event, again) in enumerate(zip(plain, found, strict=True))
        for name in _differing(event, again.event)
    ]
    lost += [fault for each in found for fault in each.faults]
    if lost:
        raise rules_convert.refused(lost)


def _differing(event: PlainEvent, again: PlainEvent) -> list[str]:
    nothing: Any = object()
    names = {**event, **again}
    return [name for name in names if event.get(name, nothing) != again.get(name, nothing)]
