"""Paths in a mapping: how one names a value in a document, and reads or fills it.

A path is names with dots between them. `{namespace}local` is one name, and `th:local` a name in
the hub's own namespace; `[2]` picks an element, `[role=owner]` the first whose field says so;
`$.a` begins at the whole document and `$category` is the product category; `.` is the element at
hand; `$records` is the name of the list that the record at hand stands in. A place to fill may end
in `[]`: one more element of a list.

Must not know what the names mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.errors import Reason
from tracehub.normalise.plain import HUB_NAMESPACE

_STEP: Final = re.compile(
    r"(?P<name>\{[^{}]+\}[^.\[\]{}]+|[^.\[\]{}$]+)"
    r"(?:\[(?:(?P<append>)|(?P<index>\d{1,6})|(?P<field>[^=\[\]]+)=(?P<text>[^\[\]]*))\])?"
)
_HUB_PREFIX: Final = "th:"
CATEGORY: Final = "$category"
LISTED: Final = "$records"
ITSELF: Final = "."


class Step(NamedTuple):
    """A name, and which element of the list under it: an index, or a field and its value."""

    name: str
    at: int = -1
    field: str = ""
    text: str = ""


class Path(NamedTuple):
    """A parsed path. `root`: `$` at the document's beginning, `$category`, `$records`, or empty."""

    source: str
    root: str
    steps: tuple[Step, ...]
    append: bool = False


class Lookup(NamedTuple):
    """What a row may look at beside the value at hand, and where it reports faults."""

    document: Any
    category: str
    faults: list[Reason]
    listed: str = ""
    xml: bool = False


Get: TypeAlias = Callable[[Any, Lookup], Any]
Put: TypeAlias = Callable[[dict[str, Any], Any], None]


def parse_path(source: str) -> Path:
    """Read a path.

    Raises:
        ValueError: with what is wrong in it.
    """
    if source in {CATEGORY, LISTED, "$", ITSELF}:
        return Path(source, "" if source == ITSELF else source, ())
    root, rest = ("$", source[2:]) if source.startswith("$.") else ("", source)
    steps: list[Step] = []
    append, at = False, 0
    while True:
        found = _STEP.match(rest, at)
        if found is None or append:
            raise ValueError(f"'{source}' is no path; write names with dots between them")
        append = found["append"] is not None
        steps.append(
            Step(
                expand(found["name"].strip()),
                -1 if found["index"] is None else int(found["index"]),
                expand(found["field"] or ""),
                found["text"] or "",
            )
        )
        at = found.end()
        if at == len(rest):
            return Path(source, root, tuple(steps), append)
        if rest[at] != ".":
            raise ValueError(f"'{source}' is no path; a dot is missing before '{rest[at:]}'")
        at += 1


def expand(name: str) -> str:
    """`th:local` written out."""
    if name.startswith(_HUB_PREFIX):
        return f"{{{HUB_NAMESPACE}}}{name.removeprefix(_HUB_PREFIX)}"
    return name


def shorten(name: str) -> str:
    """A name in the hub's own namespace as `th:local`."""
    return name.replace(f"{{{HUB_NAMESPACE}}}", _HUB_PREFIX)


def finder(path: Path) -> Get:
    """The function that reads a path; an empty text or list is found as it is."""
    if path.root == CATEGORY:
        return lambda _, look: look.category
    if path.root == LISTED:
        return lambda _, look: look.listed
    if path.root and not path.steps:
        return lambda _, look: look.document
    if not path.steps:
        return lambda source, _: source
    rooted, steps = bool(path.root), tuple(_walker(step) for step in path.steps)

    def find(source: Any, look: Lookup) -> Any:
        node = look.document if rooted else source
        for walk in steps:
            node = walk(node)
            if node is None:
                return None
        return node

    return find


def putter(path: Path) -> Put:
    """The function that fills a place, making the objects on the way."""
    *above, last = [step.name for step in path.steps]
    append = path.append
    if not (above or append):
        return lambda target, value: target.__setitem__(last, value)

    def put(target: dict[str, Any], value: Any) -> None:
        for name in above:
            target = target.setdefault(name, {})
        if append:
            target.setdefault(last, []).append(value)
        else:
            target[last] = value

    return put


def _walker(step: Step) -> Callable[[Any], Any]:
    name, at, field, text = step

    def walk(node: Any) -> Any:
        found = node.get(name) if type(node) is dict else None
        if at >= 0:
            return element(found, at)
        return chosen(found, field, text) if field else found

    return walk


def element(found: Any, at: int) -> Any:
    """An element of a list, when it has so many."""
    return found[at] if isinstance(found, list | tuple) and at < len(found) else None


def chosen(found: Any, field: str, text: str) -> Any:
    """The first element of a list whose field says so."""
    many = found if isinstance(found, list | tuple) else ()
    return next((each for each in many if type(each) is dict and each.get(field) == text), None)


def present(found: Any) -> Any:
    """A falsy value, if it is one: numbers and truth values are, empty texts and lists are not."""
    return found if isinstance(found, bool | int | float) else None
