"""May this schema replace that one? The gate that every new version of a subject must pass.

A new version must read all that any published version wrote (BACKWARD_TRANSITIVE), hold no
recursive type, and give each field of an event the disclosure class of the section it stands in.
Must not know where schemas are kept. Resolution rules: Avro 1.12 section "Schema Resolution".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import fastavro

from tracehub.avro.catalogue import Schema
from tracehub.model.event import SECTIONS

_PROMOTED: Final[Mapping[str, frozenset[str]]] = {
    "int": frozenset({"long", "float", "double"}),
    "long": frozenset({"float", "double"}),
    "float": frozenset({"double"}),
    "string": frozenset({"bytes"}),
    "bytes": frozenset({"string"}),
}
"""What a reader may have in place of a writer's primitive type."""
_NAMED: Final = frozenset({"record", "enum", "fixed"})
_HEAD: Final = ("header", "digests")
_ROOT: Final = "/"


class Violation(NamedTuple):
    """Why a schema is refused: where in it, as a JSON pointer, and in words."""

    pointer: str
    text: str


class _Side(NamedTuple):
    """A schema with full names, and its named types."""

    root: Any
    named: Mapping[str, Any]

    def node(self, reference: Any) -> Any:
        return self.named.get(reference, reference) if isinstance(reference, str) else reference


def violations(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Why readers of `new` cannot read all that was written with `old`; empty when they can."""
    reader, writer = _side(new), _side(old)
    return tuple(_unreadable(reader, writer, (reader.root, writer.root), "", frozenset()))


def recursions(schema: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Where a named type holds itself: deep data of such a type can overflow a decoder's stack."""
    side = _side(schema)
    return tuple(_recursions(side, side.root, "", ()))


def undisclosed(schema: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Which fields of an event schema lack a disclosure class or have another than their section.

    Head, sections and the shared body inside each section name a class in every field; types
    nested deeper inherit it. A receiver's view is a cut, so the order of the sections counts too.
    """
    side = _side(schema)
    expected = (*((name, SECTIONS[0]) for name in _HEAD), *((name, name) for name in SECTIONS))
    found = tuple(field["name"] for field in side.root["fields"])
    if found != tuple(name for name, _ in expected):
        wanted = ", ".join(name for name, _ in expected)
        return (Violation("/fields", f"the fields of an event are {wanted}, in this order"),)
    return tuple(
        violation
        for index, (name, disclosure) in enumerate(expected)
        for violation in _misclassed(side, index, name, disclosure)
    )


def refusals(new: Schema, published: Iterable[Schema]) -> tuple[str, ...]:
    """Every reason why `new` may not become the next version after all the `published` ones.

    Each names the subject, the versions compared and the place in the new schema.
    """
    faults = (*recursions(new.text), *(undisclosed(new.text) if new.head is not None else ()))
    return (
        *(f"{new.subject} v{new.version} {each.pointer}: {each.text}" for each in faults),
        *(
            f"{new.subject} v{new.version} can't read v{old.version}: {each.pointer} {each.text}"
            for old in published
            for each in violations(old.text, new.text)
        ),
    )


def _side(schema: Mapping[str, Any]) -> _Side:
    named: dict[str, Any] = {}
    root = fastavro.parse_schema(dict(schema), named_schemas=named)
    return _Side(root, named)


def _type(node: Any) -> str:
    if isinstance(node, list):
        return "union"
    name: str = node if isinstance(node, str) else node["type"]
    return name


def _unreadable(
    reader: _Side, writer: _Side, pair: tuple[Any, Any], at: str, open_: frozenset[tuple[str, str]]
) -> Iterator[Violation]:
    new, old = reader.node(pair[0]), writer.node(pair[1])
    kind, written = _type(new), _type(old)
    if written == "union":
        for branch in old:
            yield from _unreadable(reader, writer, (new, branch), at, open_)
    elif kind == "union":
        yield from _no_branch(reader, writer, (new, old), at, open_)
    elif kind != written:
        if kind not in _PROMOTED.get(written, frozenset()):
            yield Violation(at or _ROOT, f"reads {kind}, but {written} was written")
    elif kind in _NAMED:
        names = (new["name"], old["name"])
        if names not in open_:
            yield from _named_unreadable(reader, writer, (new, old), at, open_ | {names})
    elif kind in {"array", "map"}:
        inner = "items" if kind == "array" else "values"
        yield from _unreadable(reader, writer, (new[inner], old[inner]), f"{at}/{inner}", open_)


def _no_branch(
    reader: _Side, writer: _Side, pair: tuple[Any, Any], at: str, open_: frozenset[tuple[str, str]]
) -> Iterator[Violation]:
    """A union reads what one of its branches reads; the branch of the same kind says why not."""
    new, old = pair
    nearest: tuple[Violation, ...] = ()
    for index, branch in enumerate(new):
        faults = tuple(_unreadable(reader, writer, (branch, old), f"{at}/{index}", open_))
        if not faults:
            return
        if _type(reader.node(branch)) == _type(old):
            nearest = nearest or faults
    yield from nearest or (
        Violation(at or _ROOT, f"has no branch for {_type(old)}, which was written"),
    )


def _named_unreadable(
    reader: _Side, writer: _Side, pair: tuple[Any, Any], at: str, open_: frozenset[tuple[str, str]]
) -> Iterator[Violation]:
    new, old = pair
    if not _same_name(new, old):
        yield Violation(f"{at}/name", f"is {new['name']}, but {old['name']} was written")
    if new["type"] == "fixed" and new["size"] != old["size"]:
        yield Violation(f"{at}/size", f"is {new['size']}, but {old['size']} was written")
    if new["type"] == "enum":
        lost = sorted(set(old["symbols"]) - set(new["symbols"]))
        if lost and new.get("default") not in new["symbols"]:
            yield Violation(f"{at}/symbols", f"lacks {', '.join(lost)} and has no default")
    if new["type"] == "record":
        written = {field["name"]: field for field in old["fields"]}
        for index, field in enumerate(new["fields"]):
            here = f"{at}/fields/{index}"
            match = next((written[name] for name in _names(field) if name in written), None)
            if match is not None:
                types = (field["type"], match["type"])
                yield from _unreadable(reader, writer, types, f"{here}/type", open_)
            elif "default" not in field:
                yield Violation(here, f"{field['name']} is new and has no default")


def _names(field: Mapping[str, Any]) -> tuple[str, ...]:
    return (field["name"], *field.get("aliases", ()))


def _same_name(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Equal without the namespace, or one of the reader's aliases."""
    short = old["name"].rpartition(".")[2]
    return new["name"].rpartition(".")[2] == short or old["name"] in new.get("aliases", ())


def _recursions(side: _Side, node: Any, at: str, above: tuple[str, ...]) -> Iterator[Violation]:
    node = side.node(node)
    if isinstance(node, list):
        for index, branch in enumerate(node):
            yield from _recursions(side, branch, f"{at}/{index}", above)
    elif isinstance(node, Mapping):
        name = node.get("name", "")
        if name and name in above:
            yield Violation(at or _ROOT, f"{name} holds itself; write nested data as JSON text")
            return
        for index, field in enumerate(node.get("fields", ())):
            here = f"{at}/fields/{index}/type"
            yield from _recursions(side, field["type"], here, (*above, name))
        for inner in ("items", "values"):
            if inner in node:
                yield from _recursions(side, node[inner], f"{at}/{inner}", above)


def _misclassed(side: _Side, index: int, name: str, disclosure: str) -> Iterator[Violation]:
    at = f"/fields/{index}"
    field = side.root["fields"][index]
    yield from _unlike(field, disclosure, at)
    node, where = side.node(field["type"]), f"{at}/type"
    if name in SECTIONS:
        if _type(node) != "union" or len(node) != 2 or node[0] != "null":  # noqa: PLR2004 - a pair
            yield Violation(where, "a section is a union of null, first, and a record")
            return
        node, where = side.node(node[1]), f"{where}/1"
    if _type(node) != "record":
        return
    for number, each in enumerate(node["fields"]):
        here = f"{where}/fields/{number}"
        yield from _unlike(each, disclosure, here)
        inner = side.node(each["type"])
        required = each["name"] == "body" and _type(inner) == "record"
        yield from _nested(side, inner, disclosure, f"{here}/type", required=required)


def _nested(
    side: _Side, node: Any, disclosure: str, at: str, *, required: bool
) -> Iterator[Violation]:
    node = side.node(node)
    if isinstance(node, list):
        for index, branch in enumerate(node):
            yield from _nested(side, branch, disclosure, f"{at}/{index}", required=False)
    elif isinstance(node, Mapping):
        for index, field in enumerate(node.get("fields", ())):
            here = f"{at}/fields/{index}"
            if required or "disclosure" in field:
                yield from _unlike(field, disclosure, here)
            yield from _nested(side, field["type"], disclosure, f"{here}/type", required=False)
        for inner in ("items", "values"):
            if inner in node:
                below = node[inner]
                yield from _nested(side, below, disclosure, f"{at}/{inner}", required=False)


def _unlike(field: Mapping[str, Any], disclosure: str, at: str) -> Iterator[Violation]:
    found = field.get("disclosure")
    if found != disclosure:
        named = f"has the disclosure class {found}" if found else "has no disclosure class"
        yield Violation(at, f"{field['name']} {named}; in this section it is {disclosure}")
