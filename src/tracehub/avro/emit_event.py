"""Python source for events: header, routing, offsets, everything, and the way back.

One header and each body part is written once, however many categories share it. Must not know
who runs the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tracehub.avro.codec import FRAME, SLUGS, UNKNOWN
from tracehub.avro.emit import Body, Source, once
from tracehub.avro.emit_read import (
    END,
    Fields,
    read,
    read_fields,
    read_list,
    read_named,
    skip,
    skip_fields,
)
from tracehub.avro.emit_routing import write_routing
from tracehub.avro.emit_write import write, write_list, write_named
from tracehub.avro.shape import Parts, Shape, optional
from tracehub.model.event import Header, Party, Product

_SECTIONS: Final = ("s0", "s1", "s2", "s3")


def write_event(source: Source, parts: Parts) -> str:
    """Write the functions of one event schema; an expression for all of them together."""
    head, sections = parts
    calls = (
        _header_only(source, head),
        _routing(source, head),
        _offsets(source, head, sections),
        _decode(source, head, sections),
        _encode(source, head, sections),
    )
    return f"Functions({', '.join(calls)})"


def _header_only(source: Source, head: Fields) -> str:
    inner = header_name(source, dict(head)["header"])

    def fill(body: Body) -> None:
        body.put("o = 0", f"h, a = {inner}(v, {FRAME})")
        skip_fields(body, head[1:])
        body.put(*END, "return h")

    return once(source, ("header only", head), "(v)", fill)


def header_name(source: Source, header: Shape) -> str:
    """The name of the function that reads a header and says where it ends."""

    def fill(body: Body) -> None:
        body.put("o = 0")
        for field, shape in header[1]:
            _HEADER.get(field, read)(body, shape, f"h_{field}")
        body.put("if o & 1:", "    raise Odd")
        body.put(f"return new(Header, ({', '.join(f'h_{each}' for each in Header._fields)})), a")

    return once(source, ("header", header), "(v, a)", fill)


def _read_category(body: Body, shape: Shape, target: str) -> None:
    read_named(body, _slugs(shape), target)


def _read_kinds(body: Body, shape: Shape, target: str) -> None:
    def one() -> str:
        _read_category(body, shape[1], "x")
        return "x"

    read_list(body, target, shape[1], one)
    body.put(f"{target} = tuple({target})")


def _slugs(shape: Shape) -> dict[int, str]:
    return {index: SLUGS.get(symbol, UNKNOWN) for index, symbol in enumerate(shape[1])}


def _read_tuple(body: Body, shape: Shape, target: str, kind: str, names: tuple[str, ...]) -> None:
    found = dict(zip((name for name, _ in shape[1]), read_fields(body, shape[1]), strict=True))
    body.put(f"{target} = new({kind}, ({', '.join(found[name] for name in names)}))")


def _read_parties(body: Body, shape: Shape, target: str) -> None:
    def one() -> str:
        _read_tuple(body, shape[1], "x", "Party", Party._fields)
        return "x"

    read_list(body, target, shape[1], one)
    body.put(f"{target} = tuple({target})")


def _read_addressees(body: Body, shape: Shape, target: str) -> None:
    read(body, shape, target)
    body.put(f"{target} = tuple({target})")


_HEADER: Final[Mapping[str, Callable[[Body, Shape, str], None]]] = {
    "category": _read_category,
    "kinds": _read_kinds,
    "parties": _read_parties,
    "product": partial(_read_tuple, kind="Product", names=Product._fields),
    "addressees": _read_addressees,
}


def _routing(source: Source, head: Fields) -> str:
    inner = header_name(source, dict(head)["header"])
    return once(source, ("routing", head), "(v)", lambda body: write_routing(body, head, inner))


def _offsets(source: Source, head: Fields, sections: tuple[Shape, ...]) -> str:
    def fill(body: Body) -> None:
        body.put("o = 0", f"a = {FRAME}")
        for _, shape in head:
            skip(body, shape)
        for at, shape in zip(_SECTIONS, sections, strict=True):
            body.put(f"{at} = a")
            skip(body, optional(shape))
        body.put("if o & 1 or a != len(v):", "    raise Odd")
        body.put(f"return ({', '.join(_SECTIONS)})")

    return once(source, ("offsets", head, sections), "(v)", fill)


def _decode(source: Source, head: Fields, sections: tuple[Shape, ...]) -> str:
    inner = header_name(source, dict(head)["header"])

    def fill(body: Body) -> None:
        body.put("o = 0", f"h, a = {inner}(v, {FRAME})")
        for field, shape in head[1:]:
            read(body, shape, f"d_{field}")
        for at, shape in zip(_SECTIONS, sections, strict=True):
            body.put(f"{at} = a")
            read(body, optional(shape), f"{at}_of")
        body.put("if o & 1 or a != len(v):", "    raise Odd")
        parts = ", ".join(f"{each}_of" for each in _SECTIONS)
        body.put(f"event = new(Event, (h, {parts}, tuple(d_digests)))")
        body.put(f"return new(Decoded, (event, ({', '.join(_SECTIONS)})))")

    return once(source, ("decode", head, sections), "(v)", fill)


def _encode(source: Source, head: Fields, sections: tuple[Shape, ...]) -> str:
    inner = _write_header(source, dict(head)["header"])

    def fill(body: Body) -> None:
        body.put("h, s0, s1, s2, s3, digests = e", "out = [f]", f"{inner}(h, out)")
        for field, shape in head[1:]:
            body.put("d = list(digests)" if field == "digests" else "raise Odd")
            write(body, shape, "d")
        for at, shape in zip(_SECTIONS, sections, strict=True):
            body.put("v = b''.join(out)", "out = [v]", f"{at}_at = len(v)")
            write(body, optional(shape), at)
        offsets = ", ".join(f"{each}_at" for each in _SECTIONS)
        body.put(f"return new(Encoded, (b''.join(out), ({offsets})))")

    return once(source, ("encode", head, sections), "(e, f)", fill)


def _write_header(source: Source, header: Shape) -> str:
    def fill(body: Body) -> None:
        body.put(f"{', '.join(f'h_{each}' for each in Header._fields)} = h")
        for field, shape in header[1]:
            _HEADER_WRITERS.get(field, write)(body, shape, f"h_{field}")

    return once(source, ("write header", header), "(h, out)", fill)


def _write_category(body: Body, shape: Shape, value: str) -> None:
    known = {SLUGS[word]: index for index, word in enumerate(shape[1]) if word in SLUGS}
    write_named(body, known, value)


def _write_tuple(body: Body, shape: Shape, value: str, names: tuple[str, ...]) -> None:
    for name, field in shape[1]:
        body.put(f"x = {value}[{names.index(name)}]")
        write(body, field, "x")


_HEADER_WRITERS: Final[Mapping[str, Callable[[Body, Shape, str], None]]] = {
    "category": _write_category,
    "kinds": lambda body, shape, value: write_list(
        body, value, lambda item: _write_category(body, shape[1], item)
    ),
    "parties": lambda body, shape, value: write_list(
        body, value, lambda item: _write_tuple(body, shape[1], item, Party._fields)
    ),
    "product": partial(_write_tuple, names=Product._fields),
    "addressees": lambda body, shape, value: write_list(
        body, value, lambda item: write(body, shape[1], item)
    ),
}
