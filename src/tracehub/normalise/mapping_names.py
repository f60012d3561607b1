"""The names that a mapping may use on our side: the canonical event's and the plain form's.

Canonical names are read from the Avro schemas, so there is one truth; the plain form's are those of
EPCIS 2.0 JSON (GS1 EPCIS 2.0 section 10). Must not know other systems' names: those are free.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from tracehub.avro.catalogue import bundled, event_subject
from tracehub.model.event import CATEGORIES
from tracehub.normalise.mapping_path import Path

Shape: TypeAlias = Mapping[str, Any]
"""Names and the shape below each. Lists are left out: a path goes through them by `each`."""

_LEAF: Final[Shape] = {}
EXTENSION: Final[Shape] = {}
"""Below an extension element: only further `{namespace}local` names."""


def _leaves(names: str) -> dict[str, Shape]:
    return dict.fromkeys(names.split(), _LEAF)


_QUANTITY: Final = _leaves("epcClass quantity uom")
_SENSOR: Final = _leaves("time deviceID deviceMetadata rawData dataProcessingMethod bizRules")
_REPORT: Final = _SENSOR | _leaves(
    "type exception microorganism chemicalSubstance component stringValue hexBinaryValue uriValue "
    "booleanValue uom coordinateReferenceSystem value minValue maxValue meanValue sDev percRank "
    "percValue"
)

PLAIN: Final[Shape] = {
    **_leaves(
        "type eventID eventTime eventTimeZoneOffset recordTime action bizStep disposition epcList "
        "parentID childEPCs inputEPCList outputEPCList transformationID certificationInfo ilmd"
    ),
    **dict.fromkeys(
        (
            "quantityList",
            "childQuantityList",
            "inputQuantityList",
            "outputQuantityList",
        ),
        _QUANTITY,
    ),
    "readPoint": _leaves("id"),
    "bizLocation": _leaves("id"),
    "bizTransactionList": _leaves("type bizTransaction"),
    "sourceList": _leaves("type source"),
    "destinationList": _leaves("type destination"),
    "persistentDisposition": _leaves("set unset"),
    "errorDeclaration": _leaves("declarationTime reason correctiveEventIDs"),
    "sensorElementList": {
        "sensorMetadata": _SENSOR | _leaves("startTime endTime"),
        "sensorReport": _REPORT,
    },
}


@lru_cache(maxsize=1)
def canonical() -> Shape:
    """The names of the canonical event: header and sections, all categories together."""
    shape: dict[str, Any] = {}
    for category in CATEGORIES:
        named: dict[str, Any] = {}
        text = bundled().newest(event_subject(category)).text
        _merge(shape, _shape(text, named))
    return shape


def below(shape: Shape, path: Path) -> Shape:
    """The shape that a path leads to.

    Raises:
        ValueError: the path has a name that is not there; says the nearest one.
    """
    for step in path.steps:
        shape = EXTENSION if step.name.startswith("{") else _named(shape, step.name, path)
        if step.field and not step.field.startswith("{"):
            _named(shape, step.field, path)
    return shape


def near(name: str, known: Mapping[str, Any]) -> str:
    """What was probably meant, or what there is to choose from."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; choose from {', '.join(known)}" if known else "; nothing lies below it"


def _named(shape: Shape, name: str, path: Path) -> Shape:
    if name in shape:
        found: Shape = shape[name]
        return found
    raise ValueError(f"there is no '{name}' in '{path.source}'" + near(name, shape))


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
