"""Values of any shape, whole and damaged, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tracehub.avro.catalogue import Schema
from tracehub.avro.codec import FRAME, SYMBOLS, write_record
from tracehub.avro.shape import Shape, shape_of

EDGES = (b"\0", b"\1", b"\2", b"\4", b"\x7f", b"\x80", b"\x80\0", b"\xff" * 9 + b"\1", b"\x82\0")


def damaged(value: bytes, chance: random.Random) -> Iterator[bytes]:
    """The value with bits flipped, cut, spliced, and with odd numbers put in."""
    at, other = chance.randrange(FRAME, len(value)), chance.randrange(FRAME, len(value))
    yield value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
    yield value[:at]
    yield value[:at] + value[other:]
    yield value[:at] + chance.choice(EDGES) + value[at + 1 :]
    yield value + value[at:]


def chance_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def sample(schema: Schema, category: str, chance: random.Random) -> bytes:
    """An event of a schema, of any content."""
    fields = value_of(shape_of(schema), chance)
    fields["header"]["category"] = SYMBOLS[category]
    return write_record(fields, schema)


def full(shape: Shape) -> Any:
    """A small value of a shape with everything in it."""
    kind, *detail = shape
    if kind == "record":
        return {field: full(each) for field, each in detail[0]}
    if kind in {"union", "enum"}:
        return full(detail[0][-1]) if kind == "union" else detail[0][-1]
    if kind == "array":
        return [full(detail[0])]
    return {
        "boolean": True,
        "long": 1_700_000_000_000,
        "double": 1.5,
        "bytes": b"b",
        "string": "t",
    }[kind]


def value_of(shape: Shape, chance: random.Random) -> Any:
    """Any value of a shape."""
    kind, *detail = shape
    if kind == "record":
        return {field: value_of(each, chance) for field, each in detail[0]}
    if kind in {"union", "enum"}:
        chosen = chance.choice(detail[0])
        return value_of(chosen, chance) if kind == "union" else chosen
    if kind == "fixed":
        return chance.randbytes(detail[0])
    if kind in {"array", "map"}:
        items = [value_of(detail[0], chance) for _ in range(chance.choice((0, 0, 1, 3)))]
        return items if kind == "array" else {f"k{at}": item for at, item in enumerate(items)}
    whole = chance.choice((0, 1, -1, chance.getrandbits(31), -(2**31)))
    text = "字" * chance.choice((0, 1, 30, 3_000))
    return {
        "null": None,
        "boolean": chance.random() < 0.5,
        "int": whole,
        "long": whole << chance.choice((0, 10, 32)),
        "float": chance.randint(-9, 9) / 2,
        "double": chance.random(),
        "bytes": text.encode(),
        "string": text,
    }[kind]
