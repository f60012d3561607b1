"""A field table's rows -> Python source -> one function that fills a target from a source.

The source is made and compiled once, when the table is read. A reason's path is put together only
when there is a reason. Must not know YAML, documents or events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.avro.emit import Body, Source
from tracehub.normalise import rules_mapping as rules
from tracehub.normalise.conversions import CONVERSIONS
from tracehub.normalise.mapping_emit_value import Values
from tracehub.normalise.mapping_path import Lookup, Path, parse_path
from tracehub.normalise.mapping_row import Row
from tracehub.normalise.offending import HIDDEN, shown
from tracehub.normalise.units import measured

Fill: TypeAlias = Callable[[dict[str, Any], dict[str, Any], Lookup, str], None]
"""Fills a target from a source; the text is the source's path, for reasons."""

_ITSELF: Final = parse_path(".")
_HANDING_ON: Final = frozenset({CONVERSIONS["first"], CONVERSIONS["drop-none"]})
"""Conversions that may give an object or a list."""


def compile_rows(rows: Sequence[Row]) -> Fill:
    """One function that fills a target by every row, in their order."""
    table = _Table()
    table.rows(rows, _Here("source", "target", "", ("where",)))
    names = {**_STANDS_ON, **table.values.names}
    exec(compile("\n".join(table.body.lines), "<field table>", "exec"), names)  # noqa: S102 - our text
    fill: Fill = names["fill"]
    return fill


def path_of(*parts: object) -> str:
    """A reason's path."""
    return "".join(map(str, parts))


def elements(found: Any, look: Lookup, *parts: object) -> Sequence[Any]:
    """The elements of a list; in XML a list of one looks like one."""
    if isinstance(found, list | tuple):
        return found
    if look.xml:
        return (found,)
    look.faults.append(rules.SHAPE.at(path_of(*parts)))
    return ()


_STANDS_ON: Final[dict[str, Any]] = {
    "CONVERSION": rules.not_converted,
    "COMPOUND": frozenset({dict, list, tuple}),
    "HIDDEN": HIDDEN,
    "REQUIRED": rules.REQUIRED.at,
    "SHAPE": rules.SHAPE.at,
    "elements": elements,
    "measured": measured,
    "path_of": path_of,
    "shown": shown,
}


def _is_one(row: Row) -> bool:
    """True when what a row's value was made by gives nothing but single values."""
    return row.convert[-1] not in _HANDING_ON if row.convert else bool(row.texts)


class _Here(NamedTuple):
    """Where rows stand.

    Attributes:
        source, target: the variables that hold them.
        got: the variable that says whether the source, and not only a constant, gave something;
            empty when nobody asks.
        where: expressions that make the source's path together.
    """

    source: str
    target: str
    got: str
    where: tuple[str, ...]

    def at(self, at: str) -> tuple[str, ...]:
        """The path below, or from the document when it begins with `$`."""
        return (repr(at),) if at.startswith("$") else (*self.where, *((repr(at),) if at else ()))


class _Table:
    """The function while it is written."""

    def __init__(self) -> None:
        self.body = Body(Source(), "fill(source, target, look, where)")
        self.body.put("faults = look.faults")
        self.values = Values(self.body)

    def rows(self, rows: Sequence[Row], here: _Here) -> None:
        """Write every row."""
        for row in rows:
            if row.when is None:
                self._row(row, here)
                continue
            condition = self.body.name()
            self.values.path(row.when, here.source, condition)
            with self.body.under(f"if {condition} is not None:"):
                self._row(row, here)

    def _row(self, row: Row, here: _Here) -> None:
        if row.constant is not None:
            self._put(row.to, here.target, self.values.named(row.constant))
        elif row.each:
            self._many(row, here)
        elif row.rows:
            self._object(row, here)
        else:
            self._single(row, here)

    def _many(self, row: Row, here: _Here) -> None:
        """Every element of a list: as a value, or as an object made by the row's own rows."""
        found, index, item = self.body.name(), self.body.name(), self.body.name()
        where = here.at(row.at)
        self.values.read(row.paths, here.source, found)
        self._unless_required(row, found, where)
        one = row._replace(each=False, at="", paths=(_ITSELF,))
        with self.body.under(f"if {found} is not None:"):
            self.body.put(f"{found} = elements({found}, look, {', '.join(where)})")
            with self.body.under(f"for {index}, {item} in enumerate({found}):"):
                self._row(one, here._replace(source=item, where=(*where, "'['", index, "']'")))

    def _object(self, row: Row, here: _Here) -> None:
        """An object, from the one at the row's path if it has one; not of constants alone."""
        where = here.at(row.at)
        if not row.paths:
            self._made(row, here, here.source, where)
            return
        found = self.body.name()
        self.values.read(row.paths, here.source, found)
        self._unless_required(row, found, where)
        with self.body.under(f"if {found}.__class__ is dict:"):
            self._made(row, here, found, where)
        with self.body.under(f"elif {found} is not None:"):
            self._fault("SHAPE", where)

    def _made(self, row: Row, here: _Here, source: str, where: tuple[str, ...]) -> None:
        made, got = self.body.name(), self.body.name()
        self.body.put(f"{made} = {{}}", f"{got} = False")
        self.rows(row.rows, _Here(source, made, got, where))
        with self.body.under(f"if {got}:"):
            self._put(row.to, here.target, made, here.got)

    def _single(self, row: Row, here: _Here) -> None:
        """One value: read, convert, put."""
        value, where = self.body.name(), here.at(row.at)
        if row.texts:
            self.body.put(f"{value} = None")
        else:
            self.values.read(row.paths, here.source, value)
        if not (row.texts or row.convert or row.unit):
            self._store(row, here, value)
            return
        with self.body.under("try:"):
            for text in row.texts:
                with self.body.under(f"if {value} is None:"):
                    self.values.text(text, here.source, value)
            with self.body.under(f"if {value} is not None:"):
                self.values.convert(row.convert, value)
                if row.unit is not None:
                    word = self.body.name()
                    self.values.path(row.unit, here.source, word)
                    self.body.put(
                        f"if {word} is not None:", f"    {value} = measured({value}, {word})"
                    )
        with self.body.under("except ValueError as error:"):
            self._fault("CONVERSION", where, "error", "HIDDEN" if row.secret else f"shown({value})")
        with self.body.under("else:"):
            self._store(row, here, value)

    def _store(self, row: Row, here: _Here, value: str) -> None:
        where = here.at(row.at)
        if row.default is None:
            self._unless_required(row, value, where)
        if _is_one(row):
            present = "if"
        else:
            present = "elif"
            with self.body.under(f"if {value}.__class__ in COMPOUND:"):
                self._fault("SHAPE", where)
        with self.body.under(f"{present} {value} is not None:"):
            self._put(row.to, here.target, value, here.got)
        if row.default is not None:
            with self.body.under("else:"):
                self._put(row.to, here.target, self.values.named(row.default))

    def _put(self, to: Path, target: str, value: str, got: str = "") -> None:
        """Fill a place, making the objects on the way."""
        *above, last = [repr(str(step.name)) for step in to.steps]
        holder = target + "".join(f".setdefault({name}, {{}})" for name in above)
        if to.append:
            self.body.put(f"{holder}.setdefault({last}, []).append({value})")
        else:
            self.body.put(f"{holder}[{last}] = {value}")
        if got:
            self.body.put(f"{got} = True")

    def _unless_required(self, row: Row, value: str, where: tuple[str, ...]) -> None:
        if row.required:
            with self.body.under(f"if {value} is None:"):
                self._fault("REQUIRED", where)

    def _fault(self, rule: str, where: tuple[str, ...], *more: str) -> None:
        path = f"path_of({', '.join(where)})"
        self.body.put(f"faults.append({rule}({', '.join((path, *more))}))")
