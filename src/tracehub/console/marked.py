"""Marked: a refused document line by line, with what is wrong beside the line. Pure.

JSON is laid out anew, one value a line; anything else is shown as it is. Must not know the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from tracehub.errors import Reason

_MOST: Final = 2000
"""No document is shown any longer than this many lines."""


class Line(NamedTuple):
    """One line, and the rules that its value breaks."""

    text: str
    why: tuple[str, ...] = ()


def marked(value: bytes, reasons: Sequence[Reason]) -> Sequence[Line]:
    """The lines of a document; a reason stands at the deepest value of its path that is there."""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        lines = value.decode("utf-8", "backslashreplace").splitlines()
        return [Line(each) for each in lines[:_MOST]]
    laid = list(_laid(document, "$", "", "", ""))[:_MOST]
    places = {path: number for number, (path, _) in reversed(list(enumerate(laid)))}
    why: dict[int, list[str]] = {}
    for each in reasons:
        path = each.path
        while path not in places and path != "$":
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        why.setdefault(places.get(path, 0), []).append(each.rule)
    return [Line(text, tuple(why.get(number, ()))) for number, (_, text) in enumerate(laid)]


def laid_out(value: bytes) -> str:
    """The whole document, JSON one value a line."""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value.decode("utf-8", "backslashreplace")
    return "\n".join(text for _, text in _laid(document, "$", "", "", ""))


def _laid(value: Any, path: str, indent: str, name: str, end: str) -> Iterator[tuple[str, str]]:
    """Path and text of every line of a value."""
    if isinstance(value, Mapping) and value:
        yield path, f"{indent}{name}{{"
        yield from _inside(
            [(each, f"{path}.{key}", f"{_text(key)}: ") for key, each in value.items()], indent
        )
        yield "", f"{indent}}}{end}"
    elif isinstance(value, list) and value:
        yield path, f"{indent}{name}["
        yield from _inside(
            [(each, f"{path}[{number}]", "") for number, each in enumerate(value)], indent
        )
        yield "", f"{indent}]{end}"
    else:
        yield path, f"{indent}{name}{_text(value)}{end}"


def _inside(found: Sequence[tuple[Any, str, str]], indent: str) -> Iterator[tuple[str, str]]:
    for number, (value, path, name) in enumerate(found):
        end = "," if number + 1 < len(found) else ""
        yield from _laid(value, path, f"{indent}  ", name, end)


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
