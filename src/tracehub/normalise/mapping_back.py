"""The way back: a table for both directions, run from a plain event to the other system's record.

A row that made a value there finds it here again: a constant says which element of a list is the
row's own, a text is taken apart, a conversion is undone. Must not know YAML, documents or bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from tracehub.errors import Reason
from tracehub.normalise import rules_mapping as rules
from tracehub.normalise.conversions import chain
from tracehub.normalise.mapping_path import LISTED, Path, putter
from tracehub.normalise.mapping_row import Row
from tracehub.normalise.mapping_value import Text
from tracehub.normalise.units import counted

_SCALARS: Final = (str, int, float, bool)


class Sheet:
    """One record in the making.

    Attributes:
        document: what stands beside the list of records.
        listed: the name of the list that the record belongs to; empty when no row says so.
        faults: what could not be written.
    """

    __slots__ = ("_claimed", "document", "faults", "listed")

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.listed = ""
        self.faults: list[Reason] = []
        self._claimed: set[tuple[int, int]] = set()

    def unclaimed(self, elements: list[Any]) -> Iterator[tuple[int, Any]]:
        """The elements of a list that no row has taken yet, each with its index."""
        for index, element in enumerate(elements):
            if (id(elements), index) not in self._claimed:
                yield index, element

    def claim(self, elements: list[Any], index: int) -> None:
        """Take an element."""
        self._claimed.add((id(elements), index))


Write: TypeAlias = Callable[[Any, dict[str, Any], Sheet, str], None]
"""From an object of the event into an object of the record; the path is the event's."""


def compile_back(rows: Sequence[Row]) -> Write:
    """One function that undoes every row, in their order."""
    writes = tuple(_compile(row) for row in rows)

    def write(source: Any, target: dict[str, Any], sheet: Sheet, where: str) -> None:
        for each in writes:
            each(source, target, sheet, where)

    return write


def _compile(row: Row) -> Write:
    if row.constant is not None:
        return _constant(row)
    if row.each:
        return _many(row)
    if row.rows:
        return _object(row)
    return _single(row)


def _constant(row: Row) -> Write:
    """The event must say the same; what is absent was left out with its object."""
    find, value, source_path = _finder(row.to), row.constant, row.to.source

    def write(source: Any, _target: dict[str, Any], sheet: Sheet, where: str) -> None:
        found = find(source)
        if row.to.append and isinstance(found, list):
            found = value if value in found else None
        if found != value and row.when is None:
            sheet.faults.append(rules.OTHER_EVENT.at(f"{where}.{source_path}"))

    return write


def _single(row: Row) -> Write:
    find, put, at = _finder(row.to), _put(row), f".{row.to.source}"
    append, default, required = row.to.append, row.default, row.required

    def write(source: Any, target: dict[str, Any], sheet: Sheet, where: str) -> None:
        value = find(source)
        if value is None:
            if required:
                sheet.faults.append(rules.REQUIRED.at(where + at))
            return
        if append:
            _first(value, target, sheet, put)
        elif value != default:
            try:
                put(value, target, sheet)
            except ValueError as error:
                sheet.faults.append(rules.not_converted(where + at, error))

    return write


def _first(
    values: Any, target: dict[str, Any], sheet: Sheet, put: Callable[[Any, Any, Sheet], None]
) -> None:
    """Of a list the first value that can be put."""
    for index, value in sheet.unclaimed(values):
        try:
            put(value, target, sheet)
        except ValueError:
            continue
        sheet.claim(values, index)
        return


def _object(row: Row) -> Write:
    """An object of the event, or the first element of a list that has the row's form."""
    find, inner, fits = _finder(row.to), compile_back(row.rows), _fits(row.rows)
    append, at = row.to.append, f".{row.to.source.removesuffix('[]')}"
    put = _place(row.paths[0]) if row.paths else None

    def write(source: Any, target: dict[str, Any], sheet: Sheet, where: str) -> None:
        found, here = find(source), where + at
        if append and found is not None:
            for index, element in sheet.unclaimed(found):
                if fits(element):
                    sheet.claim(found, index)
                    found, here = element, f"{here}[{index}]"
                    break
            else:
                return
        if not isinstance(found, dict):
            return
        if put is None:
            inner(found, target, sheet, here)
            return
        made: dict[str, Any] = {}
        inner(found, made, sheet, here)
        if made:
            put(target, sheet, made)

    return write


def _many(row: Row) -> Write:
    """All elements of a list that have the row's form."""
    find, at = _finder(row.to), f".{row.to.source.removesuffix('[]')}"
    put = _place(row.paths[0])
    inner = compile_back(row.rows) if row.rows else None
    fits = _fits(row.rows) if row.rows else _is_scalar
    convert = chain(row.back or ())

    def write(source: Any, target: dict[str, Any], sheet: Sheet, where: str) -> None:
        found, made = find(source), []
        for index, element in sheet.unclaimed(found or []):
            if not fits(element):
                continue
            sheet.claim(found, index)
            if inner is None:
                made.append(convert(element) if convert is not None else element)
                continue
            record: dict[str, Any] = {}
            inner(element, record, sheet, f"{where}{at}[{index}]")
            made.append(record)
        if made:
            put(target, sheet, made)

    return write


def _put(row: Row) -> Callable[[Any, Any, Sheet], None]:
    """Undoes the row's own work on one value and puts it where it came from.

    What it puts raises ValueError when the row could not have made the value.
    """
    if row.texts:
        return _apart(row.texts)
    convert, unit = chain(row.back or ()), row.unit
    place = _place(row.paths[0])

    def put(value: Any, target: Any, sheet: Sheet) -> None:
        if unit is not None and (word := _finder(unit)(target)) is not None:
            value = counted(value, word)
        if convert is not None:
            value = convert(value)
        if value is not None:
            place(target, sheet, value)

    return put


def _apart(texts: Sequence[Text]) -> Callable[[Any, Any, Sheet], None]:
    """Takes a text apart into its fields."""
    ways = [
        (text.pattern, list(zip(map(_place, text.paths), text.backs, strict=True)))
        for text in texts
    ]

    def put(value: Any, target: Any, sheet: Sheet) -> None:
        for pattern, fields in ways:
            found = pattern.fullmatch(value) if isinstance(value, str) else None
            if found is None:
                continue
            parts = [
                part if convert is None else convert(part)
                for part, (_, convert) in zip(found.groups(), fields, strict=True)
            ]
            for part, (place, _) in zip(parts, fields, strict=True):
                if part is not None:
                    place(target, sheet, part)
            return
        raise ValueError("it is not put together as the field table says")

    return put


def _place(path: Path) -> Callable[[dict[str, Any], Sheet, Any], None]:
    """Fills a place of the record, or of the document around it."""
    if path.root == LISTED:
        return lambda _, sheet, value: setattr(sheet, "listed", value)
    if not path.steps:
        return lambda _target, _sheet, _value: None
    put = putter(path)
    if path.root:
        return lambda _, sheet, value: put(sheet.document, value)
    return lambda target, _, value: put(target, value)


def _finder(path: Path) -> Callable[[Any], Any]:
    names = tuple(step.name for step in path.steps)

    def find(node: Any) -> Any:
        for name in names:
            node = node.get(name) if node.__class__ is dict else None
        return node

    return find


def _fits(rows: Sequence[Row]) -> Callable[[Any], bool]:
    """Whether an element could have been made by these rows."""
    names = frozenset(row.to.steps[0].name for row in rows)
    constants = [(_finder(row.to), row.constant) for row in rows if row.constant is not None]
    required = [_finder(row.to) for row in rows if row.required]
    texts = [(_finder(row.to), row.texts) for row in rows if row.texts]

    def fits(element: Any) -> bool:
        return (
            element.__class__ is dict
            and element.keys() <= names
            and all(find(element) == value for find, value in constants)
            and all(find(element) is not None for find in required)
            and all(_made_of(find(element), of) for find, of in texts)
        )

    return fits


def _made_of(value: Any, texts: Sequence[Text]) -> bool:
    return value is None or any(text.pattern.fullmatch(value) for text in texts)


def _is_scalar(element: Any) -> bool:
    return isinstance(element, _SCALARS)
