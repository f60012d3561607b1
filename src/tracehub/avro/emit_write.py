"""Python source that writes values of a shape.

The text appends pieces to the list `out`: joining them costs less than a buffer that grows. What is
not of the plain type that its shape asks for raises, and is left to the reference. Must not know
headers or sections.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Final

from tracehub.avro.emit import Body, once
from tracehub.avro.emit_read import INLINE_FIELDS, Fields
from tracehub.avro.shape import Shape, is_optional, may_be_one_zero

_ODD: Final = "raise Odd"
_RUN: Final = 4


def write(body: Body, shape: Shape, value: str) -> None:
    """Write lines that append what the variable `value` holds."""
    _WRITERS[shape[0]](body, shape, value)


def write_fields(body: Body, fields: Fields, record: str) -> None:
    """Write lines that append the fields of a mapping one after another."""
    for empty, group in groupby(fields, lambda field: may_be_one_zero(field[1])):
        found = list(group)
        size = _RUN if empty else 1
        for at in range(0, len(found), size):
            _write_run(body, found[at : at + size], record)


def _write_run(body: Body, run: Fields, record: str) -> None:
    names = [body.name() for _ in run]
    body.put(
        *(f"{name} = {record}[{field!r}]" for name, (field, _) in zip(names, run, strict=True))
    )
    if len(run) == 1:
        write(body, run[0][1], names[0])
        return
    nothing = (
        f"{name} is None" if is_optional(shape) else f"{name} == {_NOTHING[shape[0]]}"
        for name, (_, shape) in zip(names, run, strict=True)
    )
    with body.under(f"if {' and '.join(nothing)}:"):
        body.put(f"out.append({body.source.constant(f'bytes({len(run)})')})")
    with body.under("else:"):
        for name, (_, shape) in zip(names, run, strict=True):
            write(body, shape, name)


_NOTHING: Final = {"array": "[]", "map": "{}"}


def write_named(body: Body, words: Mapping[str, int], value: str) -> None:
    """Write lines that append the index of a word."""
    table = body.source.constant(f"{{word: number_of(at) for word, at in {dict(words)!r}.items()}}")
    body.put(f"out.append({table}[{value}])")


def _write_text(body: Body, _: Shape, value: str) -> None:
    body.put(f"b = {value}.encode()", "out.append(SIZES[len(b)])", "out.append(b)")


def _write_bytes(body: Body, _: Shape, value: str) -> None:
    _only(body, value, "bytes")
    body.put(f"out.append(SIZES[len({value})])", f"out.append({value})")


def _write_fixed(body: Body, shape: Shape, value: str) -> None:
    _only(body, value, "bytes")
    body.put(f"if len({value}) != {shape[1]}:", f"    {_ODD}", f"out.append({value})")


def _only(body: Body, value: str, kind: str) -> None:
    body.put(f"if {value}.__class__ is not {kind}:", f"    {_ODD}")


def _write_truth(body: Body, _: Shape, value: str) -> None:
    _only(body, value, "bool")
    body.put(f"out.append(b'\\1' if {value} else b'\\0')")


def _write_whole(body: Body, shape: Shape, value: str) -> None:
    _only(body, value, "int")
    if shape[0] == "int":
        body.put(f"if not -0x80000000 <= {value} <= 0x7FFFFFFF:", f"    {_ODD}")
    body.put(f"out.append(number_of({value}))")


def _write_fraction(body: Body, shape: Shape, value: str) -> None:
    """A whole number too: documents write `12` as readily as `12.0`."""
    body.put(f"if {value}.__class__ is not float and {value}.__class__ is not int:", f"    {_ODD}")
    body.put(f"out.append({shape[0]}_of({value}))")


def _write_symbol(body: Body, shape: Shape, value: str) -> None:
    write_named(body, {word: index for index, word in enumerate(shape[1])}, value)


def _write_union(body: Body, shape: Shape, value: str) -> None:
    if not is_optional(shape):
        body.put(_ODD)
        return
    body.put(f"if {value} is None:", "    out.append(b'\\0')")
    with body.under("else:"):
        if shape[1][1][0] == "string":
            body.put(f"b = {value}.encode()", "out.append(PRESENT[len(b)])", "out.append(b)")
            return
        body.put("out.append(b'\\2')")
        write(body, shape[1][1], value)


def write_list(body: Body, value: str, one: Callable[[str], None]) -> None:
    """Write lines that append a list, with those of `one` for each item."""
    item = body.name()
    with body.under(f"if {value}:"):
        body.put(f"out.append(SIZES[len({value})])")
        with body.under(f"for {item} in {value}:"):
            one(item)
    body.put("out.append(b'\\0')")


def _write_array(body: Body, shape: Shape, value: str) -> None:
    body.put(f"if {value}.__class__ is not list:", f"    {_ODD}")
    write_list(body, value, lambda item: write(body, shape[1], item))


def _write_map(body: Body, shape: Shape, value: str) -> None:
    def one(item: str) -> None:
        _write_text(body, shape, item)
        body.put(f"{item}_of = {value}[{item}]")
        write(body, shape[1], f"{item}_of")

    _only(body, value, "dict")
    write_list(body, value, one)


def _write_record(body: Body, shape: Shape, value: str) -> None:
    if len(shape[1]) <= INLINE_FIELDS:
        write_fields(body, shape[1], value)
        return

    def fill(inner: Body) -> None:
        write_fields(inner, shape[1], "r")

    body.put(f"{once(body.source, ('write', shape), '(r, out)', fill)}({value}, out)")


_WRITERS: Final[Mapping[str, Callable[[Body, Shape, str], None]]] = {
    "null": lambda body, _, value: body.put(f"if {value} is not None:", f"    {_ODD}"),
    "boolean": _write_truth,
    "int": _write_whole,
    "long": _write_whole,
    "float": _write_fraction,
    "double": _write_fraction,
    "bytes": _write_bytes,
    "string": _write_text,
    "fixed": _write_fixed,
    "enum": _write_symbol,
    "union": _write_union,
    "array": _write_array,
    "map": _write_map,
    "record": _write_record,
}
