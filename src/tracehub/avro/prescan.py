"""Walks over the bytes of a record by its schema before any decoder does.

A decoder believes what it reads: five bytes may announce fifty million items, and a number may go
on for a megabyte. The walk makes nothing, needs no recursion, and its work is bounded by the
bytes that are there. Must not know what a field means, nor frames or sections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any, Final

from tracehub.errors import ConfigError, RejectError

MAX_DEPTH: Final = 32
MAX_ITEMS: Final = 10_000
"""Of all arrays and maps of one record in sum."""

_TEXT, _UNION, _ENUM, _ARRAY, _NUMBER, _SKIP, _AT = range(7)

_CONTINUED: Final = 0x80
_LONG_END: Final = 1 << 64
_MOST_SHIFTED: Final = 63

Step = tuple[int, Any]
Steps = tuple[Step, ...]

_PRIMITIVES: Final[Mapping[str, Steps]] = {
    "null": (),
    "boolean": ((_NUMBER, 1),),
    "int": ((_NUMBER, (1 << 32) - 1),),
    "long": ((_NUMBER, _LONG_END - 1),),
    "float": ((_SKIP, 4),),
    "double": ((_SKIP, 8),),
    "bytes": ((_TEXT, None),),
    "string": ((_TEXT, None),),
}


class Prescan:
    """The walk for one schema.

    It accepts what a decoder reads in full and would write again in the same bytes; but an array
    may be written in several blocks, with or without their sizes, and texts are not looked at:
    that they are UTF-8 is for the decoder to say.
    """

    def __init__(self, schema: Any, named: dict[str, Steps | None] | None = None) -> None:
        """Compile a schema as fastavro has parsed it; `named` holds the types met before it.

        Raises:
            ConfigError: the schema holds itself, or is nested more than `MAX_DEPTH` levels deep:
                decoders go one call deeper for each level.
        """
        self._steps = _compiled(schema, {} if named is None else named, 0)

    def check(self, value: bytes, start: int) -> None:
        """Walk from `start` to the end (Avro 1.12 section "Binary Encoding").

        Raises:
            RejectError: `avro/malformed`, `avro/varint`, `avro/too-many-items`,
                `avro/trailing-bytes`.
        """
        end = self.end(value, start)
        if end != len(value):
            raise RejectError(
                "avro/trailing-bytes",
                f"{len(value) - end} bytes follow the event; publish one event per record",
            )

    def end(self, value: bytes, start: int) -> int:
        """Where the record that begins at `start` ends, at most at the end of the value.

        Raises:
            RejectError: `avro/malformed`, `avro/varint`, `avro/too-many-items`.
        """
        try:
            end = _walk(self._steps, value, start)
        except IndexError:
            raise _cut_short() from None
        if end > len(value):
            raise _cut_short()
        return end


def _walk(program: Steps, value: bytes, at: int) -> int:  # noqa: C901, PLR0912 - one loop is fast
    """Where the record ends; beyond the value when a length says so."""
    steps: Iterator[Step] = iter(program)
    outer: list[Iterator[Step]] = []
    items = 0
    while True:
        for step, detail in steps:
            if step >= _SKIP:
                at = at + detail if step == _SKIP else _ended(at, detail)
                continue
            number = value[at]
            at += 1
            if number >= _CONTINUED:
                number, at = long_after(value, at)
            if step == _TEXT:
                at += _length(number)
            elif step == _UNION:
                inner = detail[_index(number, len(detail))]
                if inner:
                    outer.append(steps)
                    steps = iter(inner)
                    break
            elif step == _ENUM:
                _index(number, detail)
            elif step == _ARRAY:
                if number:
                    items += (number >> 1) + (number & 1)
                    if items > MAX_ITEMS:
                        raise _too_many()
                    outer.append(steps)
                    steps, at = _block(number, detail, value, at)
                    break
            elif number > detail:
                raise _malformed("a number or truth value is out of its range")
        else:
            if not outer:
                return at
            steps = outer.pop()


def _block(number: int, items: Steps, value: bytes, at: int) -> tuple[Iterator[Step], int]:
    """The steps of one block of items, then of whatever block follows it."""
    count = (number >> 1) + (number & 1)
    after: Iterable[Step] = ((_ARRAY, items),)
    if number & 1:  # a negative count: the block's size in bytes follows
        size = value[at]
        at += 1
        if size >= _CONTINUED:
            size, at = long_after(value, at)
        after = ((_AT, at + _length(size)), (_ARRAY, items))
    return chain(chain.from_iterable(repeat(items, count)), after), at


def long_after(value: bytes, at: int) -> tuple[int, int]:
    """The rest of a variable-length number of which one byte was read, still in zig-zag form."""
    number, shift = value[at - 1] & ~_CONTINUED, 7
    while True:
        byte = value[at]
        at += 1
        number |= (byte & ~_CONTINUED) << shift
        if byte < _CONTINUED:
            break
        shift += 7
        if shift > _MOST_SHIFTED:
            raise _odd_varint()
    if not byte or number >= _LONG_END:
        raise _odd_varint()
    return number, at


def _length(number: int) -> int:
    if number & 1:
        raise _malformed("a length is negative")
    return number >> 1


def _index(number: int, count: int) -> int:
    if number & 1 or number >> 1 >= count:
        raise _malformed("the branch of a union or the symbol of an enum does not exist")
    return number >> 1


def _ended(at: int, expected: int) -> int:
    if at != expected:
        raise _malformed("a block of items has another size than it says")
    return at


def _compiled(schema: Any, named: dict[str, Steps | None], depth: int) -> Steps:
    """The steps over one value; those of a record stand among those of its parent."""
    if depth > MAX_DEPTH:
        raise ConfigError(f"an Avro schema is nested more than {MAX_DEPTH} levels deep; flatten it")
    if isinstance(schema, str):
        return _PRIMITIVES[schema] if schema in _PRIMITIVES else _known(schema, named)
    if isinstance(schema, list):
        return ((_UNION, tuple(_compiled(each, named, depth + 1) for each in schema)),)
    kind = schema["type"]
    if kind == "array":
        return ((_ARRAY, _compiled(schema["items"], named, depth + 1)),)
    if kind == "map":
        return ((_ARRAY, _PRIMITIVES["string"] + _compiled(schema["values"], named, depth + 1)),)
    if kind not in {"record", "enum", "fixed"}:
        return _compiled(kind, named, depth + 1)
    name = schema["name"]
    named[name] = None
    if kind == "enum":
        steps: Steps = ((_ENUM, len(schema["symbols"])),)
    elif kind == "fixed":
        steps = ((_SKIP, schema["size"]),)
    else:
        fields = (_compiled(field["type"], named, depth + 1) for field in schema["fields"])
        steps = tuple(chain.from_iterable(fields))
    named[name] = steps
    return steps


def _known(name: str, named: Mapping[str, Steps | None]) -> Steps:
    """The steps of a type that was defined before; none while it is still being defined."""
    steps = named[name]
    if steps is None:
        raise ConfigError(
            f"the Avro type {name} holds itself, which decoders do not survive; carry nested "
            "values as JSON text"
        )
    return steps


def _cut_short() -> RejectError:
    return _malformed("it ends before its last field")


def _malformed(what: str) -> RejectError:
    return RejectError(
        "avro/malformed",
        f"the bytes are not an event of the schema they name ({what}); they were cut short, "
        "damaged, or written with another schema",
    )


def _odd_varint() -> RejectError:
    return RejectError(
        "avro/varint",
        "a number is written in more bytes than it needs or in more than 64 bits; use an Avro "
        "serialiser",
    )


def _too_many() -> RejectError:
    return RejectError(
        "avro/too-many-items",
        f"the event holds more than {MAX_ITEMS} items in its lists; publish several events",
    )
