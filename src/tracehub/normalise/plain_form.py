"""The plain form as shapes: which key of a plain event fills which field of the canonical one.

For codecs that write an event without building it (`build.py`); both come to the same bytes. Must
not know how they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import orjson

from tracehub.avro.shape import NULL, Parts, Shape, is_optional
from tracehub.model.event import SECTIONS
from tracehub.normalise import body_fields as names
from tracehub.normalise import fields
from tracehub.normalise.body_fields import hub
from tracehub.normalise.plain import ADDRESSEE, CERTIFICATE, DECISION, PERSON, TEST_RESULT

Form: TypeAlias = Mapping[str, Any]
"""Field of a record -> key; `(key, form)` when there are records under it; or one of these:"""
EMPTY: Final = ("", "empty")
OTHERS: Final = ("", "others")
ELEMENTS: Final = "elements"
"""In place of a form: every key of the dict is an extension."""

_QUANTITY: Final = {
    "epc_class": "epcClass",
    "quantity": "quantity",
    "uom": "uom",
    "extensions": OTHERS,
}
_PLACE: Final = {"id": "id", "extensions": OTHERS}
_OWN_TYPED: Final = {"type": hub("type"), "id": hub("id"), "extensions": EMPTY}
_METADATA: Final = {target: name for name, target in fields.METADATA.items()}
_REPORT: Final = {target: name for name, target in names.REPORT.items()}
_SENSOR: Final = {
    "metadata": ("sensorMetadata", {**_METADATA, "extensions": OTHERS}),
    "reports": ("sensorReport", {**_REPORT, "extensions": OTHERS}),
    "extensions": OTHERS,
}
_DECLARATION: Final = {
    "declaration_time": "declarationTime",
    "reason": "reason",
    "corrective_event_ids": "correctiveEventIDs",
    "extensions": OTHERS,
}
_TEST: Final = {name: hub(name) for name in names.TEST_FIELDS}
_DECISION: Final = {name: hub(name) for name in (*names.DECISION_FIELDS, names.REASON_IDS)}


def _typed(field: str) -> Form:
    return {"type": "type", "id": field, "extensions": OTHERS}


_BODIES: Final[Mapping[str, Form]] = {
    "public": {
        "salt": EMPTY,
        "event_id_given": ("eventID", "given"),
        "event_time": "eventTime",
        "time_zone_offset": "eventTimeZoneOffset",
        **{target: name for name, target in names.PUBLIC_LISTS.items()},
        "parent_id": "parentID",
        "persistent_disposition": ("persistentDisposition", {"set": "set", "unset": "unset"}),
    },
    "regulator": {
        "salt": EMPTY,
        **{target: (name, _QUANTITY) for name, target in names.QUANTITY_LISTS.items()},
        **{
            target: (name, _typed(fields.TYPED_LISTS[name]))
            for name, target in names.TYPED_LISTS.items()
        },
        **{target: (name, _PLACE) for name, target in names.PLACES.items()},
        **{target: name for name, target in names.REGULATOR_TEXTS.items()},
        "sensors": ("sensorElementList", _SENSOR),
        "error_declaration": ("errorDeclaration", _DECLARATION),
        "ilmd": ("ilmd", ELEMENTS),
        "certificates": (CERTIFICATE, _OWN_TYPED),
        "tests": (TEST_RESULT, _TEST),
        "decision": (DECISION, _DECISION),
    },
    "trade_secret": {"salt": EMPTY, "extensions": OTHERS},
    "personal": {"salt": EMPTY, "persons": (PERSON, _OWN_TYPED)},
}


def sections_of(parts: Parts) -> tuple[Shape, ...]:
    """The sections of a category's schema, as they are written from a plain event.

    Raises:
        LookupError, TypeError: a field has no key.
    """
    found = []
    for section, (_, record) in zip(SECTIONS, parts[1], strict=True):
        shared = {name: hub(name) for name, of in names.SHARED_TEXTS.items() if of == section}
        form = {**_BODIES[section], **shared}
        (_, body), *others = record
        attributes = {name: hub(name) for name, _ in others}
        found.append([*_fields(body[1], form), *_fields(others, attributes)])
    known = frozenset(key for section in found for _, key, _ in section if key) | {ADDRESSEE}
    return tuple(("plain", tuple(each), known, orjson.dumps, True) for each in found)


def _fields(shapes: Any, form: Form) -> list[tuple[str, str, Shape]]:
    return [_field(form[name], shape) for name, shape in shapes]


def _field(place: Any, shape: Shape) -> tuple[str, str, Shape]:
    if isinstance(place, str):
        return ("value", place, shape)
    key, inner = place
    if isinstance(inner, str) and inner != ELEMENTS:
        return (inner, key, NULL)
    return ("value", key, _shape(shape, inner))


def _shape(shape: Shape, form: Any) -> Shape:
    if form == ELEMENTS:
        return (ELEMENTS, orjson.dumps)
    if shape[0] == "array":
        return ("array", _shape(shape[1], form))
    if is_optional(shape):
        return ("union", (NULL, _shape(shape[1][1], form)))
    made = tuple(_fields(shape[1], form))
    known = frozenset(key for _, key, _ in made if key)
    return ("plain", made, known, orjson.dumps, False)
