"""Read a mapping's YAML; every fault in one go, each with its line and column.

Must not know how rows are run (that is `mapping.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from tracehub.errors import ConfigError
from tracehub.normalise.conversions import Conversion
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.mapping_names import Shape, below, canonical, near, plain
from tracehub.normalise.mapping_path import Get, Path, first_of, getter, parse_path
from tracehub.normalise.mapping_row import Row
from tracehub.normalise.mapping_value import conversion, read_enum, template, write_enum

_ID: Final = re.compile(r"[a-z0-9-]+/\d+")
_TOP: Final = dict.fromkeys(("id", "source", "records", "enums", "incoming", "outgoing"))
_ROW: Final = dict.fromkeys(
    (
        "to",
        "from",
        "value",
        "text",
        "each",
        "rows",
        "when",
        "convert",
        "enum",
        "default",
        "required",
    )
)
_ORIGINS: Final = ("from", "value", "text", "each")


class Side(NamedTuple):
    """Where a table reads and where it writes.

    Attributes:
        given: shape of what it reads, or None when that is another system's.
        made: shape of what it fills, or None when that is another system's.
    """

    given: Shape | None
    made: Shape | None


def load_mapping(text: str, origin: str) -> Mapping:
    """Read and check one mapping. `origin` names the file in messages.

    Raises:
        ConfigError: one line per fault: `origin:line:column what is wrong`.
    """
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{origin}:{mark.line + 1}:{mark.column + 1}" if mark else origin
        raise ConfigError(f"{where} not YAML: {error.problem}") from None
    reader = _Reader(origin)
    mapping = reader.mapping(tree)
    if mapping is None or reader.faults:
        raise ConfigError("\n".join(reader.faults))
    return mapping


class _Reader:
    """Walks the tree of one file and gathers what is wrong with it."""

    def __init__(self, origin: str) -> None:
        self.faults: list[str] = []
        self._origin = origin
        self._enums: Table[str, Any] = {}

    def fault(self, node: Any, key: Any, text: str) -> None:
        """Note a fault at a key of a mapping, at an element of a list, or at the file's start."""
        line, column = 0, 0
        if isinstance(node, CommentedMap):
            line, column = node.lc.key(key) if key in node else (node.lc.line, node.lc.col)
        elif isinstance(node, CommentedSeq):
            line, column = node.lc.item(key)
        self.faults.append(f"{self._origin}:{line + 1}:{column + 1} {text}")

    def mapping(self, tree: Any) -> Mapping | None:
        """The whole file; None with a fault when it can't even be walked."""
        if not isinstance(tree, CommentedMap):
            self.fault(None, None, "expected 'id', 'source' and 'incoming' or 'outgoing'")
            return None
        self._known(tree, _TOP)
        name, source = str(tree.get("id", "")), str(tree.get("source", ""))
        if not _ID.fullmatch(name):
            self.fault(tree, "id", "'id' must be <name>/<version>, such as credit/1")
        if not source:
            self.fault(tree, "source", "'source' must say where the field names come from")
        if not tree.get("incoming") and not tree.get("outgoing"):
            self.fault(tree, "id", "there is no 'incoming' and no 'outgoing' table; write one")
        self._enums = self._read_enums(tree)
        records = self._parse(tree, "records", tree["records"]) if "records" in tree else None
        return Mapping(
            name,
            source,
            records=records,
            incoming=self._rows(tree, "incoming", Side(None, plain())),
            outgoing=self._rows(tree, "outgoing", Side(canonical(), None)),
        )

    def _known(self, node: CommentedMap, known: Table[str, Any]) -> None:
        for key in node:
            if key not in known:
                self.fault(node, key, f"unknown key '{key}'{near(str(key), known)}")

    def _read_enums(self, tree: CommentedMap) -> Table[str, Any]:
        enums = tree.get("enums", {})
        if not isinstance(enums, CommentedMap | dict):
            self.fault(tree, "enums", "'enums' must hold tables of foreign value: our value")
            return {}
        for name, table in enums.items():
            if not isinstance(table, CommentedMap) or not table:
                self.fault(enums, name, f"enum '{name}' must be a table of foreign: ours")
        return enums

    def _rows(self, node: CommentedMap, key: str, side: Side) -> tuple[Row, ...]:
        rows = node.get(key, ())
        if not isinstance(rows, list | tuple):
            self.fault(node, key, f"'{key}' must be a list of rows")
            return ()
        taken: list[Path] = []
        read = [self._row(rows, index, side, taken) for index in range(len(rows))]
        return tuple(row for row in read if row is not None)

    def _row(self, rows: Any, index: int, side: Side, taken: list[Path]) -> Row | None:
        node, before = rows[index], len(self.faults)
        if not isinstance(node, CommentedMap):
            self.fault(rows, index, "a row must say 'to' and where the value comes from")
            return None
        self._known(node, _ROW)
        origins = [key for key in _ORIGINS if key in node]
        if len(origins) > 1 or not (origins or "rows" in node):
            self.fault(node, "to", "a row needs one of 'from', 'value', 'text', 'each' or 'rows'")
            return None
        origin = origins[0] if origins else "rows"
        to = self._to(node, origin, side, taken)
        get, paths = self._get(node, origin)
        given = self._given(node, origin, paths, side)
        made = side.made if side.made is None or to is None else _made(side.made, to)
        row = Row(
            to or _NOWHERE,
            get,
            _at(to, paths, side),
            constant=self._scalar(node, "value"),
            each=origin == "each",
            rows=self._rows(node, "rows", Side(given, made)),
            when=self._when(node, side),
            convert=self._convert(node, side),
            default=self._scalar(node, "default"),
            required=self._scalar(node, "required") is True,
        )
        return row if len(self.faults) == before else None

    def _to(self, node: CommentedMap, origin: str, side: Side, taken: list[Path]) -> Path | None:
        path = self._parse(node, "to", node.get("to"))
        if path is None:
            return None
        if path.root or not path.steps or any(step.at >= 0 or step.field for step in path.steps):
            self.fault(node, "to", f"'{path.source}' is no place to fill; write names with dots")
        elif origin == "each" and not path.append:
            self.fault(node, "to", f"'each' fills a list; write '{path.source}[]'")
        elif (other := _clash(path, taken)) is not None:
            self.fault(node, "to", f"'{path.source}' is filled already, by '{other.source}'")
        elif side.made is not None:
            self._below(node, "to", side.made, path)
        taken.append(path)
        return path

    def _get(self, node: CommentedMap, origin: str) -> tuple[Get | None, tuple[Path, ...]]:
        if origin in {"rows", "value"}:
            return None, ()
        if origin == "text":
            return self._texts(node)
        sources = _many(node[origin])
        parsed = [self._parse(node, origin, source) for source in sources]
        paths = tuple(path for path in parsed if path is not None)
        return (first_of(tuple(getter(path) for path in paths)) if paths else None), paths

    def _texts(self, node: CommentedMap) -> tuple[Get | None, tuple[Path, ...]]:
        try:
            made = [template(str(text)) for text in _many(node["text"])]
        except ValueError as error:
            self.fault(node, "text", str(error))
            return None, ()
        return first_of(tuple(get for get, _ in made)), tuple(p for _, paths in made for p in paths)

    def _when(self, node: CommentedMap, side: Side) -> Get | None:
        if "when" not in node:
            return None
        path = self._parse(node, "when", node["when"])
        if path is not None:
            self._given(node, "when", (path,), side)
        return getter(path) if path is not None else None

    def _given(
        self, node: CommentedMap, origin: str, paths: tuple[Path, ...], side: Side
    ) -> Shape | None:
        """The shape that the row's own rows read; faults for names of ours that do not exist."""
        if side.given is None:
            return None
        found = [
            self._below(node, origin, canonical() if path.root else side.given, path)
            for path in paths
            if path.root in {"", "$"}
        ]
        return found[0] if found and origin != "text" else side.given

    def _convert(self, node: CommentedMap, side: Side) -> tuple[Conversion, ...]:
        made = []
        for name in _many(node.get("convert", ())):
            try:
                made.append(conversion(str(name)))
            except ValueError as error:
                self.fault(node, "convert", str(error))
        if "enum" in node:
            table = self._enums.get(node["enum"])
            if isinstance(table, CommentedMap):
                made.append(write_enum(table) if side.made is None else read_enum(table))
            else:
                name = node["enum"]
                self.fault(node, "enum", f"there is no enum '{name}'{near(str(name), self._enums)}")
        return tuple(made)

    def _scalar(self, node: CommentedMap, key: str) -> Any:
        value = node.get(key)
        if isinstance(value, dict | list) or (key in node and value is None):
            self.fault(node, key, f"'{key}' must be one text, number or truth value")
        if key == "required" and not (value is None or isinstance(value, bool)):
            self.fault(node, key, "'required' must be true or false")
        return value

    def _parse(self, node: CommentedMap, key: str, source: Any) -> Path | None:
        if not isinstance(source, str):
            self.fault(node, key, f"'{key}' must be a path")
            return None
        try:
            return parse_path(source)
        except ValueError as error:
            self.fault(node, key, str(error))
            return None

    def _below(self, node: CommentedMap, key: str, shape: Shape, path: Path) -> Shape | None:
        try:
            return below(shape, path)
        except ValueError as error:
            self.fault(node, key, str(error))
            return None


_NOWHERE: Final = Path("", "", ())


def _many(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _made(shape: Shape, to: Path) -> Shape | None:
    try:
        return below(shape, to)
    except ValueError:
        return None


def _at(to: Path | None, paths: tuple[Path, ...], side: Side) -> str:
    """A row's path in the foreign document: what it reads when we read, what it fills when not."""
    path = to if side.made is None else next(iter(paths), None)
    if path is None or path.source == ".":
        return ""
    source = path.source.removesuffix("[]")
    return source if path.root else f".{source}"


def _clash(path: Path, taken: list[Path]) -> Path | None:
    """An earlier place that is the same, lies inside this one, or holds it."""
    for other in taken:
        shared = min(len(path.steps), len(other.steps))
        same = path.steps[:shared] == other.steps[:shared]
        if same and not (path == other and path.append):
            return other
    return None
