"""Python source for the routing of an event: its own fields, and the bytes of all others.

What stands around the instants of most headers has been read before, byte for byte: there it is
compared, not read again. Must not know who runs the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tracehub.avro.codec import FRAME
from tracehub.avro.emit import Body
from tracehub.avro.emit_read import END, Fields, read, skip, skip_fields, skip_list
from tracehub.avro.shape import Shape

_OWN: Final = frozenset({"event_id", "declared_at", "occurred_at", "parties", "product"})
_INSTANTS: Final = ["declared_at", "occurred_at"]
_LAST: Final = ["parties", "product", "addressees"]
_TEXT: Final = ("string",)


def write_routing(body: Body, head: Fields, header: str) -> None:
    """Write the lines of the function.

    Args:
        body: of the function.
        head: the fields before the sections, the header first.
        header: the name of the function that reads that.
    """
    fields = dict(head)["header"][1]
    known = body.source.own("Known()") if _is_usual(head) else ""
    marks = _marks([name for name, _ in fields]) if known else {}
    if known:
        _recognise(body, known, len(dict(fields)["parties"][1][1]))
    body.put("o = 0", f"a = {FRAME}", f"c = v[:{FRAME}]")
    in_claims = False
    for number, (field, shape) in enumerate(fields):
        if (field in _OWN) == in_claims:
            body.put("c += v[s:a]" if in_claims else "s = a")
            in_claims = not in_claims
        body.put(*marks.get(number, ()))
        _ROUTED.get(field, skip if field in _OWN else _pass)(body, shape)
    body.put(*(("c += v[s:a]",) if in_claims else ()))
    skip_fields(body, head[1:])
    body.put(*END)
    body.put("if not (p.isascii() and k.isascii()):", f"    {header}(v, {FRAME})")
    body.put("if not k:", f"    k = {header}(v, {FRAME})[0].key")
    if known:
        body.put(f"{known}.learn(v[e:y], v[y:t], v[t:z], w[{FRAME}:])")
    body.put("return new(Routing, (i, d, k, c, p))")


def _is_usual(head: Fields) -> bool:
    """The header has its fields in the order that `_recognise()` rests on."""
    fields = dict(head)["header"][1]
    names = [name for name, _ in fields]
    at = names.index("declared_at")
    parties, product, addressees = (dict(fields)[name] for name in _LAST)
    return (
        (names[0], names[at : at + 2], names[-3:]) == ("event_id", _INSTANTS, _LAST)
        and 1 < at < len(names) - len(_INSTANTS) - len(_LAST)
        and all(shape == _TEXT for _, shape in parties[1][1])
        and product[1] == (("scheme", _TEXT), ("id", _TEXT))
        and addressees[0] == "array"
        and [shape[0] for _, shape in head[1:]] == ["array"]
    )


def _marks(names: list[str]) -> Mapping[int, tuple[str, ...]]:
    """Lines before some fields: where those begin that are recognised."""
    at = names.index("declared_at")
    parties = ("z = a", "w = c")
    return {1: ("e = a",), at: ("y = a",), at + 2: ("t = a",), names.index("parties"): parties}


def _recognise(body: Body, known: str, texts: int) -> None:
    """Write lines that return when the claims around the instants are known, and all is short."""
    body.put(f"n = v[{FRAME}]")
    with body.under("if n < 128:"), body.under("try:"):
        body.put(
            f"e = {FRAME + 1} + (n >> 1)",
            f"y = e + {known}.firsts[v[e : e + FIRST]]",
            "t = y + 7",
            f"s = t + {known}.seconds[v[t : t + SECOND]]",
            f"c = {known}.claims[v[e:y], v[t:s]]",
            "m = v[s]",
            "a = s + 1",
        )
        with body.under("for _ in range(m >> 1):"):
            body.put(*["a += BEYOND[v[a]]"] * texts)
        body.put(
            "b = a + 1",
            "p = v[s:b]",
            "s = b + BEYOND[v[b]]",
            "z = s + BEYOND[v[s]]",
            "k = v[s + 1 : z]",
        )
        with (
            body.under(f"if m and not (n | m) & 129 and not v[a] and v[z : z + 2] == {_NONE}:"),
            body.under("if UNDECLARED < number_in(v[y:t], 'big') & INSTANT < DECLARED:"),
            body.under("if k and k.isascii() and p.isascii():"),
        ):
            body.put(f"i = v[{FRAME + 1} : e].decode()")
            body.put(f"c = v[:{FRAME}] + c + v[b:s] + {_NO_ADDRESSEES}")
            body.put("return new(Routing, (i, 0, k, c, p))")
    body.put("    except LookupError:", "        pass")


_NONE: Final = r"b'\0\0'"
"""No addressees and no digests, as Avro writes them."""
_NO_ADDRESSEES: Final = r"b'\0'"


def _pass(body: Body, shape: Shape) -> None:
    """Go past a field that is part of the claims; `header()` looks at what it says."""
    if shape[0] == "enum":
        body.put("if v[a] > 127:", "    raise Odd", "a += 1")
    else:
        skip(body, shape)


def _route_id(body: Body, shape: Shape) -> None:
    read(body, shape, "i")


def _route_declared(body: Body, shape: Shape) -> None:
    read(body, shape, "d")


def pass_parties(body: Body, shape: Shape) -> None:
    """Write lines that go past the parties; `p` are their bytes."""
    body.put("s = a")
    skip_list(body, shape[1], lambda: skip_fields(body, shape[1][1]))
    body.put("p = v[s:a]")


def read_product(body: Body, shape: Shape, *scheme: str) -> None:
    """Write lines that read the product: its id is the key, `scheme` takes `v[s:a]`."""
    for name, field in shape[1]:
        if name == "id":
            read(body, ("bytes",), "k")
        else:
            body.put("s = a")
            skip(body, field)
            body.put(*scheme)


def _route_product(body: Body, shape: Shape) -> None:
    read_product(body, shape, "c += v[s:a]")


_ROUTED: Final[Mapping[str, Callable[[Body, Shape], None]]] = {
    "event_id": _route_id,
    "declared_at": _route_declared,
    "parties": pass_parties,
    "product": _route_product,
}
