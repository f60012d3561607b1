"""Python source that reads or skips values of a shape.

The text works on `v`, the value, and `a`, where the next byte lies; `o` gathers lengths and
counts, none of which may be odd: a length below zero is written odd. All that is written in an
unusual way (blocks, padded numbers) raises, and is left to the reference. Reading beyond the end
need not be seen at once, for the place never goes back: whoever reads last compares it with the
length. Must not know headers or sections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from tracehub.avro.emit import Body, once
from tracehub.avro.shape import Shape, least_size, may_be_one_zero

Fields = Sequence[tuple[str, Shape]]
INLINE_FIELDS: Final = 4
"""A record of more fields is read by a function of its own."""

_ONE_BYTE: Final = 64
"""So many symbols or branches are told apart by one byte."""
RUN: Final = 4
ODD: Final = "raise Odd"
END: Final = ("if o & 1 or a > len(v):", f"    {ODD}")
"""Gives up when a length was below zero, or more was read than is there."""


def read(body: Body, shape: Shape, target: str) -> None:
    """Write lines that read one value into the variable `target`."""
    _READERS[shape[0]](body, shape, target)


def read_fields(body: Body, fields: Fields) -> list[str]:
    """Write lines that read fields one after another; the variables that then hold them."""
    targets = [body.name() for _ in fields]
    at = 0
    for run in _runs(fields):
        names = targets[at : at + len(run)]
        at += len(run)
        if len(run) == 1:
            read(body, run[0][1], names[0])
            continue
        with body.under(_if_empty(body, len(run))):
            body.put(f"a += {len(run)}")
            body.put(
                *(
                    f"{name} = {_EMPTY[shape[0]]}"
                    for name, (_, shape) in zip(names, run, strict=True)
                )
            )
        with body.under("else:"):
            for name, (_, shape) in zip(names, run, strict=True):
                read(body, shape, name)
    return targets


def skip(body: Body, shape: Shape) -> None:
    """Write lines that go past one value."""
    _SKIPPERS[shape[0]](body, shape)


def skip_fields(body: Body, fields: Fields) -> None:
    """Write lines that go past fields one after another."""
    for run in _runs(fields):
        if len(run) == 1:
            skip(body, run[0][1])
            continue
        with body.under(_if_empty(body, len(run))):
            body.put(f"a += {len(run)}")
        with body.under("else:"):
            for _, shape in run:
                skip(body, shape)


def _runs(fields: Fields) -> Iterator[Fields]:
    """Fields that may all be single zero bytes together, up to `RUN`; the others alone."""
    for empty, group in groupby(fields, lambda field: may_be_one_zero(field[1])):
        run = list(group)
        size = RUN if empty else 1
        yield from (run[at : at + size] for at in range(0, len(run), size))


def _if_empty(body: Body, count: int) -> str:
    zeros = body.source.constant(f"bytes({count})")
    return f"if v[a : a + {count}] == {zeros}:"


_EMPTY: Final = {"array": "[]", "map": "{}", "union": "None"}


def read_number(body: Body, more: str = "long_of") -> None:
    """`n`: a number in zig-zag form; `a` after it."""
    body.put("n = v[a]", "if n < 128:", "    a += 1", "else:", f"    n, a = {more}(v, a)")


def _read_text(body: Body, shape: Shape, target: str) -> None:
    read_number(body)
    end = ".decode()" if shape[0] == "string" else ""
    body.put("o |= n", "b = a + (n >> 1)", f"{target} = v[a:b]{end}", "a = b")


def _skip_text(body: Body, _: Shape) -> None:
    read_number(body)
    body.put("o |= n", "a += n >> 1")


def _read_truth(body: Body, _: Shape, target: str) -> None:
    body.put(f"{target} = TRUTH[v[a]]", "a += 1")


def _skip_truth(body: Body, _: Shape) -> None:
    body.put("if v[a] > 1:", f"    {ODD}", "a += 1")


def _read_whole(body: Body, shape: Shape, target: str) -> None:
    _skip_whole(body, shape)
    body.put(f"{target} = (n >> 1) ^ -(n & 1)")


def _skip_whole(body: Body, shape: Shape) -> None:
    read_number(body, "instant_of" if shape[0] == "long" else "long_of")
    if shape[0] == "int":
        body.put("if n > 0xFFFFFFFF:", f"    {ODD}")


def _read_fraction(body: Body, shape: Shape, target: str) -> None:
    body.put(f"{target} = {shape[0]}_at(v, a)[0]")
    _skip_fixed(body, shape)


def _read_fixed(body: Body, shape: Shape, target: str) -> None:
    body.put(f"{target} = v[a : a + {shape[1]}]")
    _skip_fixed(body, shape)


def _skip_fixed(body: Body, shape: Shape) -> None:
    body.put(f"a += {least_size(shape)}")


def _read_symbol(body: Body, shape: Shape, target: str) -> None:
    read_named(body, dict(enumerate(shape[1])), target)


def read_named(body: Body, words: Mapping[int, str], target: str) -> None:
    """Write lines that read an enumerated value as the word of its index."""
    table = body.source.constant(repr({index * 2: word for index, word in words.items()}))
    if len(words) > _ONE_BYTE:
        read_number(body)
        body.put(f"{target} = {table}[n]")
    else:
        body.put(f"{target} = {table}[v[a]]", "a += 1")


def _skip_symbol(body: Body, shape: Shape) -> None:
    table = body.source.constant(f"frozenset({[2 * each for each in range(len(shape[1]))]})")
    if len(shape[1]) > _ONE_BYTE:
        read_number(body)
        body.put(f"if n not in {table}:", f"    {ODD}")
    else:
        body.put(f"if v[a] not in {table}:", f"    {ODD}", "a += 1")


def _branches(body: Body, shape: Shape, one: Callable[[Shape], None]) -> None:
    if len(shape[1]) > _ONE_BYTE:
        body.put(ODD)
        return
    body.put("n = v[a]", "a += 1")
    for index, branch in enumerate(shape[1]):
        with body.under(f"{'elif' if index else 'if'} n == {2 * index}:"):
            one(branch)
    body.put("else:", f"    {ODD}")


def _read_union(body: Body, shape: Shape, target: str) -> None:
    _branches(body, shape, lambda branch: read(body, branch, target))


def _skip_union(body: Body, shape: Shape) -> None:
    _branches(body, shape, lambda branch: skip(body, branch))


def _items(body: Body, item: Shape, one: Callable[[], None]) -> None:
    """`one()` for each item; whoever calls has read the count's first byte, which is not 0."""
    if not least_size(item):
        body.put(ODD)  # a count of items without bytes is bounded by nothing that is there
        return
    read_number(body)
    body.put("o |= n")
    with body.under("for _ in range(n >> 1):"):
        one()
    body.put("if v[a]:", f"    {ODD}", "a += 1")


def read_list(body: Body, target: str, item: Shape, one: Callable[[], str]) -> None:
    """Write lines that read a list; `one` writes those for an item and names its value."""
    body.put(f"{target} = []")
    with body.under("if v[a]:"):
        _items(body, item, lambda: body.put(f"{target}.append({one()})"))
    body.put("else:", "    a += 1")


def _read_array(body: Body, shape: Shape, target: str) -> None:
    def one() -> str:
        read(body, shape[1], name := body.name())
        return name

    read_list(body, target, shape[1], one)


def _read_map(body: Body, shape: Shape, target: str) -> None:
    def one() -> None:
        key, name = body.name(), body.name()
        read(body, ("string",), key)
        read(body, shape[1], name)
        body.put(f"{target}[{key}] = {name}")

    body.put(f"{target} = {{}}")
    with body.under("if v[a]:"):
        _items(body, ("string",), one)
    body.put("else:", "    a += 1")


def skip_list(body: Body, item: Shape, one: Callable[[], None]) -> None:
    """Write lines that go past a list, with those of `one` for each item."""
    with body.under("if v[a]:"):
        _items(body, item, one)
    body.put("else:", "    a += 1")


def _skip_map(body: Body, shape: Shape) -> None:
    pair = (("key", ("string",)), ("value", shape[1]))
    skip_list(body, ("string",), lambda: skip_fields(body, pair))


def _read_record(body: Body, shape: Shape, target: str) -> None:
    if len(shape[1]) <= INLINE_FIELDS:
        body.put(f"{target} = {_literal(shape[1], read_fields(body, shape[1]))}")
        return

    def fill(inner: Body) -> None:
        inner.put("o = 0")
        made = _literal(shape[1], read_fields(inner, shape[1]))
        inner.put("if o & 1:", f"    {ODD}", f"return {made}, a")

    body.put(f"{target}, a = {once(body.source, ('read', shape), '(v, a)', fill)}(v, a)")


def _literal(fields: Fields, names: Sequence[str]) -> str:
    pairs = (f"{field!r}: {name}" for (field, _), name in zip(fields, names, strict=True))
    return f"{{{', '.join(pairs)}}}"


def _skip_record(body: Body, shape: Shape) -> None:
    if len(shape[1]) <= INLINE_FIELDS:
        skip_fields(body, shape[1])
        return

    def fill(inner: Body) -> None:
        inner.put("o = 0")
        skip_fields(inner, shape[1])
        inner.put("if o & 1:", f"    {ODD}", "return a")

    body.put(f"a = {once(body.source, ('skip', shape), '(v, a)', fill)}(v, a)")


_READERS: Final[Mapping[str, Callable[[Body, Shape, str], None]]] = {
    "null": lambda body, _, target: body.put(f"{target} = None"),
    "boolean": _read_truth,
    "int": _read_whole,
    "long": _read_whole,
    "float": _read_fraction,
    "double": _read_fraction,
    "bytes": _read_text,
    "string": _read_text,
    "fixed": _read_fixed,
    "enum": _read_symbol,
    "union": _read_union,
    "array": _read_array,
    "map": _read_map,
    "record": _read_record,
}
_SKIPPERS: Final[Mapping[str, Callable[[Body, Shape], None]]] = {
    "null": lambda body, _: body.put("pass"),
    "boolean": _skip_truth,
    "int": _skip_whole,
    "long": _skip_whole,
    "float": _skip_fixed,
    "double": _skip_fixed,
    "bytes": _skip_text,
    "string": _skip_text,
    "fixed": _skip_fixed,
    "enum": _skip_symbol,
    "union": _skip_union,
    "array": lambda body, shape: skip_list(body, shape[1], lambda: skip(body, shape[1])),
    "map": _skip_map,
    "record": _skip_record,
}
