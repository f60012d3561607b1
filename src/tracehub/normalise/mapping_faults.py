"""Faults: what is wrong with a mapping's file, each with its line and column, all in one go.

Must not know what a row means.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from tracehub.errors import ConfigError
from tracehub.normalise.mapping_names import Shape, below, near
from tracehub.normalise.mapping_path import Path, parse_path


class Faults:
    """Gathers faults of one file; `origin` names it."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._lines: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def note(self, node: Any, key: Any, text: str) -> None:
        """Note a fault at a key of a table, at an element of a list, or at the file's start."""
        line, column = 0, 0
        if isinstance(node, CommentedMap):
            line, column = node.lc.key(key) if key in node else (node.lc.line, node.lc.col)
        elif isinstance(node, CommentedSeq):
            line, column = node.lc.item(key)
        self._lines[f"{self._origin}:{line + 1}:{column + 1} {text}"] = None

    def error(self) -> ConfigError:
        """One line per fault."""
        return ConfigError("\n".join(self._lines))

    def check_keys(self, node: CommentedMap, known: Table[str, Any]) -> None:
        """Note every key that is not known."""
        for key in node:
            if key not in known:
                self.note(node, key, f"unknown key '{key}'{near(str(key), known)}")

    def path(self, node: CommentedMap, key: str, source: Any) -> Path | None:
        """Read a path that stands at a key; None with a fault when it is none."""
        if not isinstance(source, str):
            self.note(node, key, f"'{key}' must be a path")
            return None
        try:
            return parse_path(source)
        except ValueError as error:
            self.note(node, key, str(error))
            return None

    def below(self, node: CommentedMap, key: str, shape: Shape, path: Path) -> Shape | None:
        """The shape that a path leads to; None with a fault when it leads nowhere."""
        try:
            return below(shape, path)
        except ValueError as error:
            self.note(node, key, str(error))
            return None

    def scalar(self, node: CommentedMap, key: str) -> Any:
        """The text, number or truth value at a key; None when there is no such key."""
        value = node.get(key)
        if key in node and (value is None or isinstance(value, dict | list)):
            self.note(node, key, f"'{key}' must be one text, number or truth value")
            return None
        return value
