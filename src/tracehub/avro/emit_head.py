"""Python source for looks at headers: an event's own fields, and the bytes of all others.

As in `emit_look.py`: what is part of the likeness is appended to `out`, and where values lie that
are the event's own to `w`. Must not know sections.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Final

from tracehub.avro.codec import FRAME
from tracehub.avro.emit import Body, Source, once
from tracehub.avro.emit_read import END, ODD, Fields, read, skip_fields
from tracehub.avro.emit_routing import pass_parties, read_product
from tracehub.avro.shape import Shape


def write_head(source: Source, head: Fields) -> str:
    """Write the look at headers of events that another hub has checked; the name of its function.

    Args:
        source: where it is written.
        head: the fields before the sections, the header first.
    """

    def fill(body: Body) -> None:
        begin(body)
        see_header(body, head[0][1])
        skip_fields(body, head[1:])
        body.put(*END)
        body.put("if not (k and k.isascii() and p.isascii()):", f"    {ODD}")
        note(body, "end", size="0")
        body.put("return new(Look, (i.decode(), k, b''.join(out), p, UNSEEN)), w")

    return once(source, ("head", head), "(v)", fill)


def begin(body: Body) -> None:
    """Write the lines before the header."""
    body.put("o = 0", f"a = {FRAME}", f"out = [v[:{FRAME}]]", "w = []")


def note(body: Body, role: str, detail: str = "0", size: str = "(n >> 1)") -> None:
    """Write a line that notes a value that ends here, its length read last."""
    body.put(f"w.append(({role!r}, a - {size}, a, {detail}))")


def see_header(body: Body, header: Shape) -> None:
    """Read an event's own fields; all others are part of the likeness."""
    for own, fields in groupby(header[1], lambda field: field[0] in _HEADER):
        if own:
            for field, shape in fields:
                _HEADER[field](body, shape)
        else:
            body.put("s = a")
            skip_fields(body, list(fields))
            body.put("out.append(v[s:a])")


def _see_id(body: Body, _: Shape) -> None:
    read(body, ("bytes",), "i")
    body.put("if not i or i.translate(None, PRINTED):", f"    {ODD}")
    note(body, "id")


def _see_declared(body: Body, _: Shape) -> None:
    body.put("if v[a]:", f"    {ODD}", "a += 1")


def _see_occurred(body: Body, shape: Shape) -> None:
    body.put("s = a")
    read(body, shape, "t")
    note(body, "instant", size="(a - s)")


def _see_parties(body: Body, shape: Shape) -> None:
    pass_parties(body, shape)
    note(body, "parties", size="len(p)")


def _see_product(body: Body, shape: Shape) -> None:
    read_product(body, shape, "scheme = v[s:a]", "out.append(scheme)")
    if shape[1][-1][0] == "id":
        note(body, "key")


_HEADER: Final[Mapping[str, Callable[[Body, Shape], None]]] = {
    "event_id": _see_id,
    "declared_at": _see_declared,
    "occurred_at": _see_occurred,
    "parties": _see_parties,
    "product": _see_product,
}
