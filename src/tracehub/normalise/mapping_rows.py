"""Read the rows of a field table from YAML. Must not know how rows are run.

A table has a side that it reads and a side that it fills; the one that is ours is checked against
our names, the other system's names are free.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ruamel.yaml.comments import CommentedMap

from tracehub.normalise.conversions import Conversion
from tracehub.normalise.mapping_faults import Faults
from tracehub.normalise.mapping_names import Shape, canonical, every_layout, near
from tracehub.normalise.mapping_path import ITSELF, Path
from tracehub.normalise.mapping_row import Row
from tracehub.normalise.mapping_value import (
    Text,
    conversion,
    read_enum,
    template,
    way_back,
    write_enum,
)
from tracehub.normalise.offending import is_secret

_ORIGINS: Final = ("from", "value", "text", "each")
ROW: Final = dict.fromkeys(
    (
        *("to", *_ORIGINS, "rows", "when"),
        *("convert", "enum", "otherwise", "unit", "default", "required"),
    )
)
_MISPLACED: Final = {
    "value": ("rows", "convert", "enum", "unit", "default", "required"),
    "text": ("rows", "unit"),
    "each": ("default", "unit"),
    "rows": ("convert", "enum", "default", "unit"),
}
"""What a row can't have beside another key."""
_DEEPEST: Final = 16
"""Python takes no more loops in each other than 20."""
_NOWHERE: Final = Path("", "", ())


class Side(NamedTuple):
    """Where a table reads and where it writes.

    Attributes:
        given: shape of what it reads, or None when that is another system's.
        made: shape of what it fills, or None when that is another system's.
        incoming: whether we read the other system's documents, or write them.
        both: whether the table is also read the other way.
        secret: what it fills belongs to a section that not every reader sees.
        depth: in how many objects its rows stand.
    """

    given: Shape | None
    made: Shape | None
    incoming: bool
    both: bool = False
    secret: bool = False
    depth: int = 0


class RowReader:
    """Reads rows; what is wrong with them goes to `faults`."""

    def __init__(self, faults: Faults, enums: Table[str, Any]) -> None:
        self._faults = faults
        self._enums = enums

    def rows(self, node: CommentedMap, key: str, side: Side) -> tuple[Row, ...]:
        """The list of rows at a key, without those that have a fault."""
        rows = node.get(key, ())
        if not isinstance(rows, list | tuple) or (key in node and not rows):
            self._faults.note(node, key, f"'{key}' must be a list of rows")
            return ()
        if rows and side.depth > _DEEPEST:
            self._faults.note(node, key, f"objects stand in each other more than {_DEEPEST} deep")
            return ()
        taken: list[Path] = []
        read = [self._row(rows, index, side, taken) for index in range(len(rows))]
        return tuple(row for row in read if row is not None)

    def _row(self, rows: Any, index: int, side: Side, taken: list[Path]) -> Row | None:
        node, before = rows[index], len(self._faults)
        if not isinstance(node, CommentedMap):
            self._faults.note(rows, index, "a row must say 'to' and where the value comes from")
            return None
        origin = self._origin(node)
        if origin is None:
            return None
        to = self._to(node, origin, taken)
        paths, texts = self._places(node, origin, both=side.both)
        read = (*paths, *(path for text in texts for path in text.paths))
        convert, back = self._convert(node, side)
        unit = self._faults.path(node, "unit", node["unit"]) if "unit" in node else None
        if side.both:
            self._check_back(node, origin, (*read, *((unit,) if unit else ())))
        row = Row(
            to or _NOWHERE,
            _at(to, read, incoming=side.incoming),
            paths,
            texts,
            constant=self._faults.scalar(node, "value"),
            each=origin == "each",
            rows=self.rows(node, "rows", self._inside(node, origin, to, read, side)),
            when=self._when(node, side),
            convert=convert,
            unit=unit,
            default=self._faults.scalar(node, "default"),
            required=self._required(node),
            secret=side.secret or _is_secret(to, side),
            back=back if side.both else None,
        )
        return row if len(self._faults) == before else None

    def _origin(self, node: CommentedMap) -> str | None:
        """The key that says where the value comes from."""
        self._faults.check_keys(node, ROW)
        origins = [key for key in _ORIGINS if key in node] or ["rows"]
        if len(origins) > 1 or origins[0] not in node:
            text = "a row needs one of 'from', 'value', 'text', 'each' or 'rows'"
            self._faults.note(node, "to", text)
            return None
        for key, others in _MISPLACED.items():
            for other in others:
                if key in node and other in node:
                    self._faults.note(node, other, f"'{other}' has no meaning beside '{key}'")
        if "otherwise" in node and "enum" not in node:
            self._faults.note(node, "otherwise", "'otherwise' has no meaning without 'enum'")
        if origins[0] == "rows" and "required" in node:
            text = "an object has no value of its own; write 'required' at its rows"
            self._faults.note(node, "required", text)
        return origins[0]

    def _to(self, node: CommentedMap, origin: str, taken: list[Path]) -> Path | None:
        path = self._faults.path(node, "to", node.get("to"))
        if path is None:
            return None
        if path.root or not path.steps or any(step.at >= 0 or step.field for step in path.steps):
            text = f"'{path.source}' is no place to fill; write names with dots between them"
            self._faults.note(node, "to", text)
        elif origin == "each" and not path.append:
            self._faults.note(node, "to", f"'each' fills a list; write '{path.source}[]'")
        elif (other := _clash(path, taken)) is not None:
            text = f"'{path.source}' is filled already, by '{other.source}'"
            self._faults.note(node, "to", text)
        taken.append(path)
        return path

    def _check_back(self, node: CommentedMap, origin: str, paths: Sequence[Path]) -> None:
        """Note what keeps a row from being read the other way."""
        if "otherwise" in node:
            self._faults.note(node, "otherwise", "'otherwise' has no way back; name every word")
        for path in paths:
            if path.source == ITSELF or any(step.at >= 0 or step.field for step in path.steps):
                text = f"'{path.source}' has no way back; write names with dots between them"
                self._faults.note(node, origin, text)

    def _places(
        self, node: CommentedMap, origin: str, *, both: bool
    ) -> tuple[tuple[Path, ...], tuple[Text, ...]]:
        """Where the value is, or the texts that it is put together as."""
        if origin in {"rows", "value"}:
            return (), ()
        if origin == "text":
            try:
                return (), tuple(template(str(text), both=both) for text in _many(node["text"]))
            except ValueError as error:
                self._faults.note(node, "text", str(error))
                return (), ()
        found = [self._faults.path(node, origin, source) for source in _many(node[origin])]
        return tuple(path for path in found if path is not None), ()

    def _inside(
        self, node: CommentedMap, origin: str, to: Path | None, paths: tuple[Path, ...], side: Side
    ) -> Side:
        """The side that the row's own rows have; a fault for each name of ours that is wrong."""
        given, made = self._given(node, origin, paths, side), side.made
        if made is not None and to is not None:
            made = self._faults.below(node, "to", made, to)
        secret = side.secret or _is_secret(to, side)
        return side._replace(given=given, made=made, secret=secret, depth=side.depth + 1)

    def _given(
        self, node: CommentedMap, key: str, paths: tuple[Path, ...], side: Side
    ) -> Shape | None:
        if side.given is None:
            return None
        shapes = [
            self._faults.below(node, key, canonical() if path.root else side.given, path)
            for path in paths
        ]
        return shapes[0] if shapes else side.given

    def _when(self, node: CommentedMap, side: Side) -> Path | None:
        path = self._faults.path(node, "when", node["when"]) if "when" in node else None
        if path is None:
            return None
        self._given(node, "when", (path,), side)
        return path

    def _convert(
        self, node: CommentedMap, side: Side
    ) -> tuple[tuple[Conversion, ...], tuple[Conversion, ...]]:
        """The conversions of a row, and those of its way back."""
        names = [str(name) for name in _many(node.get("convert", ()))]
        made: list[Conversion] = []
        back: tuple[Conversion, ...] = ()
        try:
            made = [conversion(name) for name in names]
            back = way_back(names) if side.both else ()
        except ValueError as error:
            self._faults.note(node, "convert", str(error))
        if "enum" in node:
            name = str(node["enum"])
            if name in self._enums:
                make = read_enum if side.incoming else write_enum
                made.append(make(self._enums[name], self._faults.scalar(node, "otherwise")))
                back = (write_enum(self._enums[name]), *back) if side.both else ()
            else:
                text = f"there is no enum '{name}'{near(name, self._enums)}"
                self._faults.note(node, "enum", text)
        return tuple(made), back

    def _required(self, node: CommentedMap) -> bool:
        value = node.get("required", False)
        if not isinstance(value, bool):
            self._faults.note(node, "required", "'required' must be true or false")
        return value is True


def _many(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _at(to: Path | None, paths: tuple[Path, ...], *, incoming: bool) -> str:
    """A row's path in the foreign document: what it reads when we read, what it fills when not."""
    path = next(iter(paths), None) if incoming else to
    if path is None or path.source == ".":
        return ""
    source = path.source.removesuffix("[]")
    return source if path.root else f".{source}"


def _is_secret(to: Path | None, side: Side) -> bool:
    return (
        to is not None
        and side.incoming
        and bool(to.steps)
        and is_secret(to.steps[0].name, every_layout())
    )


def _clash(path: Path, taken: list[Path]) -> Path | None:
    """An earlier place that is the same, lies inside this one, or holds it."""
    for other in taken:
        shared = min(len(path.steps), len(other.steps))
        same = path.steps[:shared] == other.steps[:shared]
        if same and not (path == other and path.append):
            return other
    return None
