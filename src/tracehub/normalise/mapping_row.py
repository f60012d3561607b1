"""Row: one line of a field table, and the closures that a table of rows is compiled to.

Must not know YAML, documents or events: only one source of plain values and one target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from tracehub.normalise import rules_mapping as rules
from tracehub.normalise.conversions import Conversion, chain
from tracehub.normalise.mapping_path import Get, Lookup, Path, present, putter
from tracehub.normalise.mapping_value import Text
from tracehub.normalise.offending import HIDDEN, shown
from tracehub.normalise.units import measured

Fill: TypeAlias = Callable[[Any, dict[str, Any], Lookup, str], bool]
"""Fills a target from a source; True when the source, and not only a constant, gave something."""

_COMPOUND = frozenset({dict, list, tuple})


class Back(NamedTuple):
    """What a row needs to be read the other way.

    Attributes:
        paths: the other system's places; the first is filled.
        convert: applied in this order.
        texts: the texts that the value may have been put together as.
        unit: the other system's place of the unit's word.
    """

    paths: tuple[Path, ...] = ()
    convert: tuple[Conversion, ...] = ()
    texts: tuple[Text, ...] = ()
    unit: Path | None = None


class Row(NamedTuple):
    """One line of a table: a place to fill and where its value comes from.

    Attributes:
        to: the place in the target.
        get: reads the value; None for a constant, or for an object of `rows` at the same source.
        name: the field of the object at hand that alone is read; empty when more is.
        at: the row's path in the foreign document, for reasons: `.name` below the object at hand,
            or `$.name`.
        constant: the value, when it is always the same.
        each: the value is a list, and every element is taken.
        rows: what the object is made of; empty for a single value.
        when: reads the value without which the row is left out.
        convert: applied in this order.
        unit: reads the word for the unit that the value is measured in.
        default: taken when the value is absent.
        required: an absent value is a fault.
        secret: what it holds is not for every reader of a reason.
        back: how the row is read the other way, in a table for both directions.
    """

    to: Path
    get: Get | None
    at: str
    name: str = ""
    constant: Any = None
    each: bool = False
    rows: tuple[Row, ...] = ()
    when: Get | None = None
    convert: tuple[Conversion, ...] = ()
    unit: Get | None = None
    default: Any = None
    required: bool = False
    secret: bool = False
    back: Back | None = None


def compile_rows(rows: Sequence[Row]) -> Fill:
    """One function that fills a target by every row, in their order."""
    fills = tuple(_compile(row) for row in rows)

    def fill(source: Any, target: dict[str, Any], look: Lookup, where: str) -> bool:
        got = False
        for each in fills:
            got = each(source, target, look, where) or got
        return got

    return fill


def _compile(row: Row) -> Fill:
    if row.when is not None:
        return _guarded(_compile(row._replace(when=None)), row.when)
    if row.constant is not None:
        return _constant(row, row.constant)
    if row.get is None:
        return _group(row)
    if row.each:
        return _many(row, row.get)
    if row.rows:
        return _base(row, row.get)
    slow = _single(row, row.get)
    return _quick(row, slow) if row.name and row.unit is None and _is_name(row.to) else slow


def _is_name(place: Path) -> bool:
    return len(place.steps) == 1 and not place.append


def _quick(row: Row, slow: Fill) -> Fill:
    """A text from one field into another, as nearly every row has it; all else the slow way."""
    name, to, convert = row.name, row.to.steps[0].name, chain(row.convert)

    def fill(source: Any, target: dict[str, Any], look: Lookup, where: str) -> bool:
        if source.__class__ is dict:
            value = source.get(name)
            if value.__class__ is str and value:
                if convert is not None:
                    try:
                        value = convert(value)
                    except ValueError:
                        return slow(source, target, look, where)
                    if value is None or value.__class__ in _COMPOUND:
                        return slow(source, target, look, where)
                target[to] = value
                return True
        return slow(source, target, look, where)

    return fill


def _guarded(inner: Fill, when: Get) -> Fill:
    def fill(source: Any, target: dict[str, Any], look: Lookup, where: str) -> bool:
        return when(source, look) is not None and inner(source, target, look, where)

    return fill


def _constant(row: Row, value: Any) -> Fill:
    put = putter(row.to)

    def fill(_source: Any, target: dict[str, Any], _look: Lookup, _where: str) -> bool:
        put(target, value)
        return False

    return fill


def _single(row: Row, get: Get) -> Fill:
    """One value: read, convert, put."""
    put, convert, at = putter(row.to), chain(row.convert), row.at
    default, required, unit = row.default, row.required, row.unit

    secret = row.secret

    def fill(source: Any, target: dict[str, Any], look: Lookup, where: str) -> bool:
        value = None
        try:
            value = get(source, look)
            if value is not None:
                if convert is not None:
                    value = convert(value)
                if unit is not None and (word := unit(source, look)) is not None:
                    value = measured(value, word)
        except ValueError as error:
            told = HIDDEN if secret else shown(value)
            look.faults.append(rules.not_converted(_at(where, at), error, told))
            return False
        if value is not None:
            if type(value) in _COMPOUND:
                look.faults.append(rules.SHAPE.at(_at(where, at)))
                return False
            put(target, value)
            return True
        if default is not None:
            put(target, default)
        elif required:
            look.faults.append(rules.REQUIRED.at(_at(where, at)))
        return False

    return fill


def _group(row: Row) -> Fill:
    """An object at the same source; it is left out when it would hold only constants."""
    put, inner, at = putter(row.to), compile_rows(row.rows), row.at

    def fill(source: Any, target: dict[str, Any], look: Lookup, where: str) -> bool:
        made: dict[str, Any] = {}
        got = inner(source, made, look, where + at)
        if got:
            put(target, made)
        return got

    return fill


def _base(row: Row, get: Get) -> Fill:
    """An object made from the object that the source holds at the row's path."""
    put, inner, at, required = putter(row.to), compile_rows(row.rows), row.at, row.required

    def fill(source: Any, target: dict[str, Any], look: Lookup, where: str) -> bool:
        found = get(source, look)
        if found is None:
            if required:
                look.faults.append(rules.REQUIRED.at(_at(where, at)))
            return False
        if not isinstance(found, dict):
            look.faults.append(rules.SHAPE.at(_at(where, at)))
            return False
        made: dict[str, Any] = {}
        got = inner(found, made, look, _at(where, at))
        if got:
            put(target, made)
        return got

    return fill


def _many(row: Row, get: Get) -> Fill:
    """Every element of a list: as a value, or as an object made by the row's own rows."""
    element = _element(row)
    at, required = row.at, row.required

    def fill(source: Any, target: dict[str, Any], look: Lookup, where: str) -> bool:
        found = get(source, look)
        if found is None:
            if required:
                look.faults.append(rules.REQUIRED.at(_at(where, at)))
            return False
        if not isinstance(found, list | tuple):
            if not look.xml:
                look.faults.append(rules.SHAPE.at(_at(where, at)))
                return False
            # In XML a list of one looks like one.
            found = (found,)
        got, here = False, _at(where, at)
        for index, item in enumerate(found):
            got = element(item, target, look, f"{here}[{index}]") or got
        return got

    return fill


def _element(row: Row) -> Fill:
    one = row._replace(each=False, at="")
    return _base(one, _itself) if row.rows else _single(one, _itself)


def _at(where: str, at: str) -> str:
    """A row's path: below the object at hand, or from the document when it begins with `$`."""
    return at if at.startswith("$") else where + at


def _itself(source: Any, _: Lookup) -> Any:
    return source or present(source)
