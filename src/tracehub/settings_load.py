"""Read `hub.yaml` into `Settings`; every fault in one go, each with its line and column.

Must not know what a setting means.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from tracehub.errors import ConfigError
from tracehub.settings import ConnectionSettings, Settings


def load_settings(path: Path) -> Settings:
    """Read and check one file. Relative paths in it are taken from the file's own folder.

    Raises:
        ConfigError: one line per fault: `file:line:column key: what is wrong`.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; give the path of your hub.yaml") from None
    try:
        tree = YAML(typ="rt").load(text) or CommentedMap()
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError(f"{where} not YAML: {error.problem}") from None
    try:
        settings = Settings(**_plain(tree))
    except ValidationError as error:
        lines = [_line(path, tree, fault) for fault in error.errors()]
        raise ConfigError("\n".join(lines)) from None
    return _absolute(settings, path.parent)


def _line(path: Path, tree: Any, fault: Mapping[str, Any]) -> str:
    keys = [key for key in fault["loc"] if key not in {"sqlite", "kafka", "[key]"}]
    line, column = _position(tree, keys)
    text = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        text = "unknown key" + _nearest(str(keys[-1]), keys[:-1])
    return f"{path}:{line}:{column} {'.'.join(map(str, keys))}: {text}"


def _position(tree: Any, keys: Sequence[Any]) -> tuple[int, int]:
    """Line and column, from 1, of the deepest key that the file has."""
    line, column = 0, 0
    for key in keys:
        known = isinstance(tree, CommentedMap) and key in tree
        if not known and not (isinstance(tree, CommentedSeq) and isinstance(key, int)):
            break
        line, column = tree.lc.key(key) if isinstance(tree, CommentedMap) else tree.lc.item(key)
        tree = tree[key]
    return line + 1, column + 1


def _nearest(key: str, above: Sequence[Any]) -> str:
    model: type[BaseModel] = Settings
    for step in above:
        if step == "connections":
            model = ConnectionSettings
        elif step in model.model_fields:
            annotation = model.model_fields[step].annotation
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                model = annotation
    near = difflib.get_close_matches(key, model.model_fields, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(each) for each in node]
    return node


def _absolute(settings: Settings, folder: Path) -> Settings:
    """Anchor relative paths at the file's folder, so that the working directory does not matter."""

    def anchored(value: Any) -> Any:
        if isinstance(value, Path):
            return value if value.is_absolute() else folder / value
        if isinstance(value, BaseModel):
            changed = {name: anchored(getattr(value, name)) for name in type(value).model_fields}
            return value.model_copy(update=changed)
        if isinstance(value, dict):
            return {key: anchored(each) for key, each in value.items()}
        if isinstance(value, tuple):
            return tuple(anchored(each) for each in value)
        return value

    copy: Settings = anchored(settings)
    return copy
