"""A field table's rows as tuples, for an engine that runs them without generated code.

Must not know engines, YAML or documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson

from tracehub.normalise.conversions import CONVERSIONS, QUICK, Conversion
from tracehub.normalise.mapping_path import Path
from tracehub.normalise.mapping_row import Row
from tracehub.normalise.mapping_value import Enum, Text
from tracehub.normalise.units import measured

Plan: TypeAlias = tuple[Any, ...]

_WORDS: Final[Mapping[Conversion, Plan]] = {
    CONVERSIONS[name]: quick for name, quick in QUICK.items()
}


def plan_of(rows: Sequence[Row]) -> Plan:
    """Every row as `Row` of the compiled part takes it."""
    return tuple(_row(row) for row in rows)


def _row(row: Row) -> Plan:
    names = tuple(step.name for step in row.to.steps)
    return (
        _kind(row),
        names,
        row.to.append,
        None if row.when is None else _place(row.when),
        tuple(_place(path) for path in row.paths),
        tuple(_text(text) for text in row.texts),
        _changes(row.convert),
        None if row.unit is None else (_place(row.unit), measured),
        row.constant,
        row.default,
        row.required,
        _inner(row),
    )


def _kind(row: Row) -> str:
    if row.constant is not None:
        return "constant"
    if row.each:
        return "each"
    return "object" if row.rows else "single"


def _inner(row: Row) -> Plan:
    """The rows of an object; of a list the one row that every element is taken by."""
    if row.each:
        return (_row(row._replace(each=False, when=None)),)
    return plan_of(row.rows)


def _place(path: Path) -> Plan:
    return path.root, tuple((_as_parsed(step.name), *step[1:]) for step in path.steps)


def _as_parsed(name: str) -> str:
    """A name as the very text that the parser hands out for such a key: it is found uncompared."""
    (parsed,) = orjson.loads(orjson.dumps({name: None}))
    return str(parsed)


def _text(text: Text) -> Plan:
    return (
        text.parts,
        tuple(_place(path) for path in text.paths),
        tuple(_changes(each) for each in text.converts),
        CONVERSIONS["text"],
    )


def _changes(conversions: Sequence[Conversion]) -> Plan:
    """Each conversion as what it does to a text, itself, and what else that needs."""
    found = []
    for each in conversions:
        if isinstance(each, Enum):
            found.append(("enum", each, dict(each.table), each.otherwise))
        else:
            word, *more = _WORDS.get(each, ("call",))
            found.append((word, each, *more))
    return tuple(found)
