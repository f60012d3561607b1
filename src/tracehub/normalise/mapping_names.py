"""The names that a mapping may use on our side: the canonical event's and the plain form's.

Canonical names are read from the Avro schemas, so there is one truth; the plain form's are those of
EPCIS 2.0 JSON (GS1 EPCIS 2.0 section 10). Must not know other systems' names: those are free.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from tracehub.avro.catalogue import Schema, bundled, event_subject
from tracehub.model.event import CATEGORIES
from tracehub.normalise import fields
from tracehub.normalise.body_fields import (
    DECISION_FIELDS,
    SHARED_TEXTS,
    TEST_FIELDS,
    Layout,
    hub,
    layout_of,
)
from tracehub.normalise.mapping_path import Path, shorten
from tracehub.normalise.plain import (
    ADDRESSEE,
    CERTIFICATE,
    DECISION,
    HUB_NAMESPACE,
    KIND,
    PERSON,
    REASON_EVENTS,
    REGION,
    TEST_RESULT,
    UNIT,
)

Shape: TypeAlias = Mapping[str, Any]
"""Names and the shape below each. Lists are left out: a path goes through them by `each`."""

_MANY: Final = 24
_LEAF: Final[Shape] = {}
_FOREIGN: Final[Shape] = {}
"""Below an extension element of another's namespace: only further `{namespace}local` names."""


def _leaves(names: Iterable[str]) -> Shape:
    return dict.fromkeys(names, _LEAF)


_TYPED: Final = _leaves((hub("type"), hub("id")))
_PLACE: Final = _leaves((*fields.PLACE, REGION))
_OWN: Final[Shape] = {
    TEST_RESULT: _leaves(map(hub, TEST_FIELDS)),
    DECISION: _leaves((*map(hub, DECISION_FIELDS), REASON_EVENTS)),
    CERTIFICATE: _TYPED,
    PERSON: _TYPED,
    **_leaves((ADDRESSEE, KIND, *map(hub, SHARED_TEXTS))),
}
_EPCIS: Final[Shape] = {
    **_leaves(sorted(fields.EVENT)),
    **dict.fromkeys(fields.QUANTITY_LISTS, _leaves((*fields.QUANTITY, UNIT))),
    **dict.fromkeys(fields.PLACES, _PLACE),
    **{name: _leaves(("type", value, REGION)) for name, value in fields.TYPED_LISTS.items()},
    "persistentDisposition": _leaves(fields.DISPOSITION),
    "errorDeclaration": _leaves(fields.ERROR_DECLARATION),
    "sensorElementList": {
        "sensorMetadata": _leaves(fields.METADATA),
        "sensorReport": _leaves(fields.REPORT),
    },
}


@lru_cache(maxsize=1)
def plain() -> Shape:
    """The names of the plain form, with our own elements and every category's attributes."""
    return {**_EPCIS, **_OWN, **_leaves(every_layout().attributes)}


@lru_cache(maxsize=1)
def every_layout() -> Layout:
    """The attributes of all categories together."""
    attributes = (layout_of(schema).attributes for schema in _schemas())
    return Layout({key: place for each in attributes for key, place in each.items()}, {})


@lru_cache(maxsize=1)
def canonical() -> Shape:
    """The names of the canonical event: header and sections, all categories together."""
    shape: dict[str, Any] = {}
    for schema in _schemas():
        _merge(shape, _shape(schema.text, {}))
    return shape


def below(shape: Shape, path: Path) -> Shape:
    """The shape that a path leads to.

    Raises:
        ValueError: the path has a name that is not there; says the nearest one.
    """
    for step in path.steps:
        shape = _FOREIGN if _is_foreign(step.name) else _named(shape, step.name, path)
        if step.field and not _is_foreign(step.field):
            _named(shape, step.field, path)
    return shape


def near(name: str, known: Mapping[str, Any]) -> str:
    """What was probably meant, or what there is to choose from."""
    names = [shorten(each) for each in known]
    close = difflib.get_close_matches(shorten(name), names, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    if len(names) > _MANY:
        return "; docs/mappings.md says what there is"
    return f"; choose from {', '.join(names)}" if names else "; nothing lies below it"


def _schemas() -> list[Schema]:
    return [bundled().newest(event_subject(category)) for category in CATEGORIES]


def _is_foreign(name: str) -> bool:
    """True for an extension element in a namespace that is not ours."""
    return name.startswith("{") and not name.startswith(f"{{{HUB_NAMESPACE}}}")


def _named(shape: Shape, name: str, path: Path) -> Shape:
    if name in shape:
        found: Shape = shape[name]
        return found
    raise ValueError(f"there is no '{shorten(name)}' in '{path.source}'" + near(name, shape))


def _shape(schema: Any, named: dict[str, Any]) -> Shape:
    """The names of one Avro schema; named types are kept for where they are used again."""
    if isinstance(schema, str):
        known: Shape = named.get(schema, _LEAF)
        return known
    if isinstance(schema, list):
        branches = [_shape(each, named) for each in schema if each != "null"]
        return branches[0] if branches else _LEAF
    if schema["type"] == "array":
        return _shape(schema["items"], named)
    if schema["type"] != "record":
        return _LEAF if isinstance(schema["type"], str) else _shape(schema["type"], named)
    shape = {field["name"]: _shape(field["type"], named) for field in schema["fields"]}
    named[f"{schema.get('namespace', 'tracehub')}.{schema['name']}"] = shape
    return shape


def _merge(into: dict[str, Any], other: Shape) -> None:
    for name, shape in other.items():
        known = into.setdefault(name, {})
        if shape and known is not shape:
            _merge(known, shape)
