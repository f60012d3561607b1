"""A checked plain event -> the canonical event, losing nothing. `unbuild.py` is the way back.

Bodies are complete: every field of the Avro record is present. Must not know bytes or rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeAlias

import orjson

from tracehub.model.event import SECTIONS, Event, Header, Section
from tracehub.normalise import body_fields as names
from tracehub.normalise import fields
from tracehub.normalise.body_fields import Layout, hub
from tracehub.normalise.plain import (
    ADDRESSEE,
    CERTIFICATE,
    DECISION,
    PERSON,
    TEST_RESULT,
    PlainEvent,
)
from tracehub.remember import remembered

Body: TypeAlias = dict[str, Any]

_PUBLIC: Final[Body] = {
    "salt": "",
    "event_id_given": True,
    "event_time": "",
    "time_zone_offset": "",
    "epcs": [],
    "parent_id": None,
    "child_epcs": [],
    "input_epcs": [],
    "output_epcs": [],
    "persistent_disposition": None,
    "certification_info": [],
}
_REGULATOR: Final[Body] = {
    "salt": "",
    **{name: [] for name in names.QUANTITY_LISTS.values()},
    "record_time": None,
    "transformation_id": None,
    "read_point": None,
    "biz_location": None,
    **{name: [] for name in names.TYPED_LISTS.values()},
    "sensors": [],
    "error_declaration": None,
    "ilmd": [],
    "certificates": [],
    "tests": [],
    "decision": None,
}
_NONE: Final[list[Body]] = []
_TRADE_SECRET: Final[Body] = {"salt": "", "extensions": _NONE, "price": None, "contract_id": None}
_PERSONAL: Final[Body] = {"salt": "", "persons": [], "contact": None}
_BODIES: Final = {
    "public": _PUBLIC,
    "regulator": _REGULATOR,
    "trade_secret": _TRADE_SECRET,
    "personal": _PERSONAL,
}
_TYPE: Final = hub("type")
_ID: Final = hub("id")
_METADATA: Final[Body] = {**dict.fromkeys(fields.METADATA.values()), "extensions": []}
_TEST: Final[Body] = dict.fromkeys(names.TEST_FIELDS)
_DECISION: Final[Body] = {**dict.fromkeys(names.DECISION_FIELDS), names.REASON_IDS: []}
_REPORT: Final[Body] = {**dict.fromkeys(names.REPORT.values()), "extensions": []}


def build(event: PlainEvent, header: Header, layout: Layout) -> Event:
    """The canonical event of a plain event that the checks let pass."""
    bodies: dict[str, Body] = {"public": {**_PUBLIC, "event_id_given": "eventID" in event}}
    attributes: dict[str, Body] = {}
    for key, value in event.items():
        place = _FIELDS.get(key)
        if place is not None:
            section, name, convert = place
            body = bodies.get(section)
            if body is None:
                body = bodies[section] = _BODIES[section].copy()
            body[name] = value if convert is None else convert(value)
        elif key[0] == "{" and key not in _ELSEWHERE:
            if key in layout.attributes:
                section, name = layout.attributes[key]
                attributes.setdefault(section, {})[name] = value
            else:
                _extend(bodies, key, value)
    public, regulator, secret, personal = (
        _section(name, bodies, attributes, layout) for name in SECTIONS
    )
    return Event(header, public, regulator, secret, personal)


def _extend(bodies: dict[str, Body], key: str, value: Any) -> None:
    """Put another's element among the extensions."""
    body = bodies.get("trade_secret")
    if body is None:
        body = bodies["trade_secret"] = _TRADE_SECRET.copy()
    if body["extensions"] is _NONE:
        body["extensions"] = []
    body["extensions"].append(_extension(key, value))


def _section(
    name: str, bodies: Mapping[str, Body], attributes: Mapping[str, Body], layout: Layout
) -> Section | None:
    """A section with every field; None when nothing is in it."""
    body, own = bodies.get(name), attributes.get(name)
    if body is None:
        if own is None:
            return None
        body = _BODIES[name].copy()
    section = {"body": body, **layout.empty[name]}
    if own is not None:
        section.update(own)
    return section


def _lasting(found: Mapping[str, Any]) -> Body:
    return {"set": found.get("set", []), "unset": found.get("unset", [])}


@remembered(4096)
def _named(key: str) -> tuple[str, str]:
    """`{namespace}local` as its parts."""
    namespace, _, name = key[1:].rpartition("}")
    return namespace, name


def _extension(key: str, value: Any) -> Body:
    namespace, name = _named(key)
    return {"namespace": namespace, "name": name, "value": orjson.dumps(value).decode()}


def _others(holder: Mapping[str, Any], known: AbstractSet[str]) -> list[Body]:
    """The user extensions among an object's fields."""
    if holder.keys() <= known:
        return []
    return [_extension(key, value) for key, value in holder.items() if key not in known]


def _quantity(found: Mapping[str, Any]) -> Body:
    return {
        "epc_class": found["epcClass"],
        "quantity": found.get("quantity"),
        "uom": found.get("uom"),
        "extensions": _others(found, fields.QUANTITY),
    }


def _own_typed(found: Mapping[str, Any]) -> Body:
    return {"type": found.get(_TYPE), "id": found[_ID], "extensions": []}


def _own(empty: Body) -> Callable[[Mapping[str, Any]], Body]:
    """From an object of our own elements to a record with every field of an empty one."""
    names_of = {hub(name): name for name in empty}

    def own(found: Mapping[str, Any]) -> Body:
        record = empty.copy()
        for key, value in found.items():
            record[names_of[key]] = value
        return record

    return own


def _declaration(found: Mapping[str, Any]) -> Body:
    return {
        "declaration_time": found["declarationTime"],
        "reason": found.get("reason"),
        "corrective_event_ids": found.get("correctiveEventIDs", []),
        "extensions": _others(found, fields.ERROR_DECLARATION),
    }


def _sensor(found: Mapping[str, Any]) -> Body:
    metadata = found.get("sensorMetadata")
    return {
        "metadata": None if metadata is None else _renamed(metadata, fields.METADATA, _METADATA),
        "reports": [_renamed(each, names.REPORT, _REPORT) for each in found["sensorReport"]],
        "extensions": _others(found, fields.SENSOR_ELEMENT),
    }


def _renamed(found: Mapping[str, Any], known: Mapping[str, str], empty: Body) -> Body:
    record = empty.copy()
    extensions = []
    for key, value in found.items():
        if key in known:
            record[known[key]] = value
        else:
            extensions.append(_extension(key, value))
    record["extensions"] = extensions
    return record


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda values: [convert(each) for each in values]


def _entry(field: str) -> Callable[[Mapping[str, Any]], Body]:
    known = frozenset({"type", field})
    return lambda found: {
        "type": found.get("type"),
        "id": found[field],
        "extensions": _others(found, known),
    }


def _place(found: Mapping[str, Any]) -> Body:
    return {"id": found["id"], "extensions": _others(found, fields.PLACE)}


def _ilmd(found: Mapping[str, Any]) -> list[Body]:
    return [_extension(key, value) for key, value in found.items()]


Place: TypeAlias = tuple[str, str, Callable[[Any], Any] | None]

_REGULATED: Final[Mapping[str, tuple[str, Callable[[Any], Any] | None]]] = {
    **{name: (target, _each(_quantity)) for name, target in names.QUANTITY_LISTS.items()},
    **{
        name: (target, _each(_entry(fields.TYPED_LISTS[name])))
        for name, target in names.TYPED_LISTS.items()
    },
    **{name: (target, _place) for name, target in names.PLACES.items()},
    **{name: (target, None) for name, target in names.REGULATOR_TEXTS.items()},
    "sensorElementList": ("sensors", _each(_sensor)),
    "errorDeclaration": ("error_declaration", _declaration),
    "ilmd": ("ilmd", _ilmd),
    CERTIFICATE: ("certificates", _each(_own_typed)),
    TEST_RESULT: ("tests", _each(_own(_TEST))),
    DECISION: ("decision", _own(_DECISION)),
}
"""Field of the plain form -> field of the regulator's section, and how it gets there."""
_FIELDS: Final[Mapping[str, Place]] = {
    "eventTime": ("public", "event_time", None),
    "eventTimeZoneOffset": ("public", "time_zone_offset", None),
    **{name: ("public", target, None) for name, target in names.PUBLIC_LISTS.items()},
    "parentID": ("public", "parent_id", None),
    "persistentDisposition": ("public", "persistent_disposition", _lasting),
    **{name: ("regulator", *place) for name, place in _REGULATED.items()},
    **{hub(name): (section, name, None) for name, section in names.SHARED_TEXTS.items()},
    PERSON: ("personal", "persons", _each(_own_typed)),
}
"""Field of the plain form -> section, field in its body, and how it gets there."""
_ELSEWHERE: Final = frozenset({ADDRESSEE})
"""Our own element that stands in the header."""
