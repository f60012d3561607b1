"""A canonical event -> the plain event that it was built from. Must not know formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

from tracehub.model.event import SECTIONS, Event
from tracehub.normalise import body_fields as names
from tracehub.normalise import fields
from tracehub.normalise.body_fields import hub
from tracehub.normalise.plain import (
    ADDRESSEE,
    CERTIFICATE,
    DECISION,
    PERSON,
    REASON_EVENTS,
    TEST_RESULT,
    PlainEvent,
)

_NOTHING: Final[Mapping[str, Any]] = {}
_SHARED: Final = tuple(
    (SECTIONS.index(section), name, hub(name)) for name, section in names.SHARED_TEXTS.items()
)

# Plain names <- names of the record's fields.
_QUANTITY: Final = {"epcClass": "epc_class", "quantity": "quantity", "uom": "uom"}
_DECLARATION: Final = {"declarationTime": "declaration_time", "reason": "reason"}
_OWN_TYPED: Final = {hub("type"): "type", hub("id"): "id"}
_TEST: Final = {hub(name): name for name in names.TEST_FIELDS}
_DECISION: Final = {hub(name): name for name in names.DECISION_FIELDS}
_PLACE: Final = {"id": "id"}


def plain_of(event: Event) -> PlainEvent:
    """The plain event; of a cut event, what is left of it."""
    bodies = [_NOTHING if each is None else each["body"] for each in event.sections]
    public, regulator, secret, personal = bodies
    plain = _head(event, public)
    _public(plain, public)
    _regulator(plain, regulator)
    if personal.get("persons"):
        plain[PERSON] = [_own_typed(each) for each in personal["persons"]]
    for section, name, key in _SHARED:
        value = bodies[section].get(name)
        if value is not None:
            plain[key] = value
    for each in event.sections:
        for name, value in (each or _NOTHING).items():
            if value is not None and name != "body":
                plain[hub(name)] = value
    _extend(plain, secret.get("extensions", ()))
    if event.header.addressees:
        plain[ADDRESSEE] = list(event.header.addressees)
    return plain


def _head(event: Event, public: Mapping[str, Any]) -> PlainEvent:
    header = event.header
    plain: PlainEvent = {"type": header.event_type}
    if public.get("event_id_given", True):
        plain["eventID"] = header.event_id
    if header.action != "none":
        plain["action"] = header.action
    if header.biz_step:
        plain["bizStep"] = header.biz_step
    if header.disposition:
        plain["disposition"] = header.disposition
    return plain


def _public(plain: PlainEvent, body: Mapping[str, Any]) -> None:
    for name, source in (("eventTime", "event_time"), ("eventTimeZoneOffset", "time_zone_offset")):
        if body.get(source):
            plain[name] = body[source]
    for name, source in names.PUBLIC_LISTS.items():
        if body.get(source):
            plain[name] = body[source]
    if body.get("parent_id") is not None:
        plain["parentID"] = body["parent_id"]
    lasting = body.get("persistent_disposition")
    if lasting is not None:
        plain["persistentDisposition"] = {side: each for side, each in lasting.items() if each}


def _regulator(plain: PlainEvent, body: Mapping[str, Any]) -> None:
    for name, (source, convert) in _REGULATED.items():
        value = body.get(source)
        if value or value == "":
            plain[name] = convert(value)


def _renamed(record: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a record that are present, by their plain names, and its extensions."""
    found: dict[str, Any] = {}
    for name, source in known.items():
        value = record[source]
        if value is not None:
            found[name] = value
    if record.get("extensions"):
        _extend(found, record["extensions"])
    return found


def _extend(holder: dict[str, Any], extensions: Iterable[Mapping[str, Any]]) -> None:
    for each in extensions:
        holder[f"{{{each['namespace']}}}{each['name']}"] = orjson.loads(each["value"])


def _quantity(record: Mapping[str, Any]) -> dict[str, Any]:
    return _renamed(record, _QUANTITY)


def _declaration(record: Mapping[str, Any]) -> dict[str, Any]:
    found = _renamed(record, _DECLARATION)
    if record["corrective_event_ids"]:
        found["correctiveEventIDs"] = record["corrective_event_ids"]
    return found


def _sensor(record: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if record["metadata"] is not None:
        found["sensorMetadata"] = _renamed(record["metadata"], fields.METADATA)
    found["sensorReport"] = [_renamed(each, names.REPORT) for each in record["reports"]]
    _extend(found, record["extensions"])
    return found


def _own_typed(record: Mapping[str, Any]) -> dict[str, Any]:
    return _renamed(record, _OWN_TYPED)


def _test(record: Mapping[str, Any]) -> dict[str, Any]:
    return _renamed(record, _TEST)


def _decision(record: Mapping[str, Any]) -> dict[str, Any]:
    found = _renamed(record, _DECISION)
    if record[names.REASON_IDS]:
        found[REASON_EVENTS] = record[names.REASON_IDS]
    return found


def _entry(field: str) -> Callable[[Any], Any]:
    known = {"type": "type", field: "id"}
    return lambda record: _renamed(record, known)


def _place(record: Mapping[str, Any]) -> dict[str, Any]:
    return _renamed(record, _PLACE)


def _ilmd(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    _extend(found, records)
    return found


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda records: [convert(each) for each in records]


def _itself(value: Any) -> Any:
    return value


_REGULATED: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    **{name: (source, _itself) for name, source in names.REGULATOR_TEXTS.items()},
    **{name: (source, _each(_quantity)) for name, source in names.QUANTITY_LISTS.items()},
    **{
        name: (source, _each(_entry(fields.TYPED_LISTS[name])))
        for name, source in names.TYPED_LISTS.items()
    },
    **{name: (source, _place) for name, source in names.PLACES.items()},
    "sensorElementList": ("sensors", _each(_sensor)),
    "errorDeclaration": ("error_declaration", _declaration),
    "ilmd": ("ilmd", _ilmd),
    CERTIFICATE: ("certificates", _each(_own_typed)),
    TEST_RESULT: ("tests", _each(_test)),
    DECISION: ("decision", _decision),
}
"""Field of the plain form <- field of the regulator's section, and how it gets back."""
