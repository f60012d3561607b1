"""Python source for looks at whole events, by the marks of their fields.

As in `emit_read.py` the text works on `v`, `a` and `o`. What is part of the likeness is appended to
`out`; of `r` see `look_values.py`, whose functions the text calls. Where values lie that are the
event's own is appended to `w` (`layout.py`): how an event is walked over depends on all else. Every
field begins its part with a zero byte exactly when it is empty, so that empty ones may be passed
together.

Must not know rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from typing import Any, Final

from tracehub.avro.codec import FRAME
from tracehub.avro.emit import Body, Source, once
from tracehub.avro.emit_event import header_name
from tracehub.avro.emit_head import begin, note, see_header
from tracehub.avro.emit_read import (
    INLINE_FIELDS,
    ODD,
    RUN,
    Fields,
    read,
    read_number,
    skip,
)
from tracehub.avro.look import is_uncounted
from tracehub.avro.shape import Parts, Shape, least_size, may_be_one_zero

_SECTIONS: Final = ("s0", "s1", "s2", "s3")


def write_look(source: Source, parts: Parts, sections: tuple[Shape, ...]) -> str:
    """Write the look at events of one schema; the name of its function."""
    header, *_ = parts[0]
    inner = header_name(source, header[1])

    def fill(body: Body) -> None:
        body.put("if len(v) > LARGEST:", f"    {ODD}")
        begin(body)
        see_header(body, header[1])
        body.put("if len(p) > MOST_ALIKE:", f"    {ODD}")
        body.put("if not p.isascii():", f"    {inner}(v, {FRAME})")
        # A list may ask whether the header names a party.
        body.put("out.append(b'\\1' if p[1:] else b'\\0')")
        body.put("r = [NO_RANK, None, b'', t, parties_in(p), None]")
        body.put("a = see_digests(v, a, w)")
        for at, shape in zip(_SECTIONS, sections, strict=True):
            body.put(f"{at} = a")
            _see(body, shape)
        body.put("if o & 1 or a != len(v) or not names(r, scheme, k):", f"    {ODD}")
        body.put("alike = b''.join(out)", "if len(alike) > MOST_ALIKE:", f"    {ODD}")
        body.put("alike += day_of(t)")
        offsets = ", ".join(_SECTIONS)
        body.put(f"return new(Look, (i.decode(), k, alike, p, ({offsets}))), w")

    return once(source, ("look", parts[0], sections), "(v)", fill)


def _bare(shape: Shape) -> Shape:
    return shape[2] if shape[0] == "marked" else shape


def _see(body: Body, shape: Shape) -> None:
    if shape[0] == "marked":
        (mark, detail), inner = shape[1:]
        _MARKED[mark](body, inner, detail)
    else:
        _PLAIN[shape[0]](body, shape)


def _see_fields(body: Body, fields: Fields) -> None:
    for empty, group in groupby(fields, lambda field: may_be_one_zero(_bare(field[1]))):
        found = list(group)
        size = RUN if empty else 1
        for at in range(0, len(found), size):
            run = found[at : at + size]
            if len(run) == 1:
                _see(body, run[0][1])
                continue
            zeros = body.source.constant(f"bytes({len(run)})")
            with body.under(f"if v[a : a + {len(run)}] == {zeros}:"):
                body.put(f"a += {len(run)}", f"out.append({zeros})")
            with body.under("else:"):
                for _, shape in run:
                    _see(body, shape)


def _see_record(body: Body, shape: Shape) -> None:
    if len(shape[1]) <= INLINE_FIELDS:
        _see_fields(body, shape[1])
        return

    def fill(inner: Body) -> None:
        inner.put("o = 0")
        _see_fields(inner, shape[1])
        inner.put("if o & 1:", f"    {ODD}", "return a")

    given = "(v, a, out, r, w)"
    body.put(f"a = {once(body.source, ('see', shape), given, fill)}{given}")


def _see_union(body: Body, shape: Shape) -> None:
    with body.under("if v[a] == 2:"):
        body.put("a += 1", "out.append(b'\\2')")
        _see(body, shape[1][1])
    with body.under("else:"):
        body.put("if v[a]:", f"    {ODD}", "a += 1", "out.append(b'\\0')")


def _see_array(body: Body, shape: Shape) -> None:
    item = shape[1]
    if not least_size(_least(item)):
        body.put(ODD)
        return
    body.put("s = a")
    read_number(body)
    count = "b'\\2' if n else b'\\0'" if is_uncounted(item) else "v[s:a]"
    body.put("o |= n", f"out.append({count})")
    with body.under("if n:"):
        with body.under("for _ in range(n >> 1):"):
            _see(body, item)
        body.put("if v[a]:", f"    {ODD}", "a += 1")


def _least(shape: Shape) -> Shape:
    """The shape without marks."""
    bare = _bare(shape)
    if bare[0] == "record":
        return ("record", tuple((name, _least(each)) for name, each in bare[1]))
    return bare


_PLAIN: Final[Mapping[str, Callable[[Body, Shape], None]]] = {
    "record": _see_record,
    "union": _see_union,
    "array": _see_array,
    "null": lambda body, _: body.put("pass"),
}


def _same(body: Body, shape: Shape, _: int) -> None:
    body.put("s = a")
    skip(body, shape)
    body.put("out.append(v[s:a])")


def _any(body: Body, shape: Shape, _: int) -> None:
    if shape[0] == "boolean":
        skip(body, shape)
    else:
        read(body, shape, "x")
        note(body, "text")


def _check(condition: str, role: str) -> Callable[[Body, Shape, int], None]:
    def write(body: Body, _shape: Shape, _: int) -> None:
        read(body, ("bytes",), "x")
        body.put(f"if {condition}:", f"    {ODD}")
        note(body, role)

    return write


def _absent(body: Body, _shape: Shape, _: int) -> None:
    body.put("if v[a]:", f"    {ODD}", "a += 1", "out.append(b'\\0')")


def _true(body: Body, _shape: Shape, _: int) -> None:
    body.put("if v[a] != 1:", f"    {ODD}", "a += 1")


def _number(body: Body, shape: Shape, _: int, *, least: bool = False) -> None:
    read(body, shape, "x")
    body.put(f"if x - x != 0{' or x < 0' if least else ''}:", f"    {ODD}")
    note(body, "amount" if least else "finite", size="8")


def _code(body: Body, _shape: Shape, rank: int) -> None:
    read(body, ("bytes",), "x")
    body.put(f"see_code(x, {rank}, r)")
    note(body, "code", str(rank))


def _party(body: Body, shape: Shape, side: int) -> None:
    if shape[0] == "union":
        with body.under("if v[a] == 2:"):
            body.put("a += 1", "out.append(b'\\2')")
            read(body, ("bytes",), "x")
            body.put(f"see_party({side}, None, x, r)")
            note(body, "party", f"({side}, None)")
        with body.under("else:"):
            body.put("if v[a]:", f"    {ODD}", "a += 1", "out.append(b'\\0')")
        return
    (_, kind), _, *others = shape[1]
    body.put("s = a")
    read(body, _bare(kind), "y")
    body.put("out.append(v[s:a])")
    read(body, ("bytes",), "x")
    body.put(f"see_party({side}, y, x, r)")
    note(body, "party", f"({side}, y)")
    _see_fields(body, others)


def _extensions(body: Body, _shape: Shape, _: int) -> None:
    with body.under("if v[a]:"):
        body.put("a = see_extensions(v, a, out, w)")
    body.put("else:", "    a += 1", "    out.append(b'\\0')")


_MARKED: Final[Mapping[str, Callable[..., Any]]] = {
    "same": _same,
    "any": _any,
    "some": _check("not x.decode()", "text"),
    "absent": _absent,
    "true": _true,
    "occurred": _check("instant(x.decode()) != r[3]", "occurred"),
    "time": _check("instant(x.decode()) is None", "time"),
    "finite": _number,
    "amount": partial(_number, least=True),
    "code": _code,
    "party": _party,
    "extensions": _extensions,
}
