"""A schema in its shortest form: nested tuples without names, docs and defaults.

Engines are made from it. Equal shapes are coded alike, whatever their types are called. Must not
know how bytes are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from tracehub.avro.catalogue import SECTION_COUNT, Schema

Shape: TypeAlias = tuple[Any, ...]
"""`(kind,)` of a primitive, `("fixed", size)`, `("enum", symbols)`, `("array", item)`,
`("map", item)`, `("union", branches)`, `("record", ((field, shape), ...))`."""

Parts: TypeAlias = tuple[tuple[Any, ...], tuple[Shape, ...]]
"""Of an event: the fields up to the sections, header first, and the sections' records."""

NULL: Final = ("null",)
_PRIMITIVES: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)
_LEAST: Final = {"null": 0, "float": 4, "double": 8}


def shape_of(schema: Schema) -> Shape:
    """The shape of a whole record; its last fields are the sections when it is an event.

    The schema must not hold itself: `Prescan` has seen to that.
    """
    return _shape(schema.parsed, {})


def parts_of(schema: Schema) -> Parts:
    """The shapes that the engines for events are made from."""
    fields = shape_of(schema)[1]
    head = fields[:-SECTION_COUNT]
    sections = tuple(shape[1][1] for _, shape in fields[-SECTION_COUNT:])
    return head, sections


def least_size(shape: Shape) -> int:
    """The fewest bytes that a value takes."""
    if shape[0] == "record":
        return sum(least_size(each) for _, each in shape[1])
    if shape[0] == "fixed":
        return int(shape[1])
    return _LEAST.get(shape[0], 1)


def optional(shape: Shape) -> Shape:
    """A value of this shape, or none."""
    return ("union", (NULL, shape))


def is_optional(shape: Shape) -> bool:
    """True for a union of null, first, and one other type."""
    return shape[0] == "union" and len(shape[1]) == len((NULL, "other")) and shape[1][0] == NULL


def may_be_one_zero(shape: Shape) -> bool:
    """True when nothing is written as one zero byte: an empty list, an absent value."""
    return shape[0] in {"array", "map"} or is_optional(shape)


def _shape(node: Any, named: dict[str, Shape]) -> Shape:
    if isinstance(node, str):
        return (node,) if node in _PRIMITIVES else named[node]
    if isinstance(node, list):
        return ("union", tuple(_shape(each, named) for each in node))
    make = _MAKERS.get(node["type"])
    if make is None:
        return _shape(node["type"], named)
    shape = make(node, named)
    if "name" in node:
        named[node["name"]] = shape
    return shape


_MAKERS: Final[Mapping[str, Callable[[Any, dict[str, Shape]], Shape]]] = {
    "array": lambda node, named: ("array", _shape(node["items"], named)),
    "map": lambda node, named: ("map", _shape(node["values"], named)),
    "fixed": lambda node, _: ("fixed", node["size"]),
    "enum": lambda node, _: ("enum", tuple(node["symbols"])),
    "record": lambda node, named: (
        "record",
        tuple((field["name"], _shape(field["type"], named)) for field in node["fields"]),
    ),
}
