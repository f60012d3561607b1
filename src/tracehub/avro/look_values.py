"""What generated looks call for single values: codes, parties, extensions, days.

Of one event `r` holds the rank of the code that its header should name, what is known of that code,
its number, the time that the header says, the header's parties, and the code of the parent.
Whatever is not good by itself raises. Must not know schemas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tracehub.avro.look import Known, Look, Sight
from tracehub.avro.runtime import Odd, long_of

_MEMORY: Final = 65_536
_LISTS: Final = 4096
"""So many headers' lists of parties are remembered."""
_NO_RANK: Final = 99
_PARENT: Final = 2
_CHILD: Final = 3
"""Ranks of codes that may not be equal."""
_DIGESTS: Final = 4
_DIGEST: Final = 32
_DAY_MS: Final = 86_400_000
_BEIJING_MS: Final = 8 * 3_600_000
_LAST_MS: Final = 4_102_444_800_000
LONGEST: Final = 256
"""A longer code is no usual one: nobody can fill the memory with such."""
MOST_ALIKE: Final = 4096
"""So long a likeness may be, and the header's parties."""
_MORE: Final = 0x80
_PRINTED: Final = re.compile(rb"[!-~]+")
_PLAIN_JSON: Final = re.compile(rb'"[^"\\\x00-\x1f]*"')
_NEVER: Final[Any] = object()


def values_of(sight: Sight) -> Mapping[str, Any]:
    """The functions by the names that generated text has for them."""
    return {
        "LARGEST": sight.largest,
        "MOST_ALIKE": MOST_ALIKE,
        "Look": Look,
        "NO_RANK": _NO_RANK,
        "day_of": _day_of,
        "instant": sight.checks.instant,
        "is_printed": _PRINTED.fullmatch,
        "names": _names,
        "parties_in": _remembering(_parties_in, _LISTS),
        "see_code": _codes(sight),
        "see_digests": _see_digests,
        "see_extensions": _extensions(sight),
        "see_party": _parties(sight),
    }


def _remembering(check: Callable[[Any], Any], most: int = _MEMORY) -> Callable[[Any], Any]:
    """The same, asked once for each value."""
    memory: dict[Any, Any] = {}

    def asked(value: Any) -> Any:
        found = memory.get(value, _NEVER)
        if found is _NEVER:
            found = check(value)
            if len(memory) >= most:
                memory.clear()
            memory[value] = found
        return found

    return asked


def _codes(sight: Sight) -> Callable[[bytes, int, list[Any]], None]:
    stem = _remembering(lambda text: sight.checks.stem(text.decode()))
    code = _remembering(lambda text: sight.checks.code(text.decode()))

    def known_of(text: bytes) -> tuple[Known, bytes]:
        if len(text) > LONGEST:
            raise Odd
        at = max(text.rfind(b"."), text.rfind(b"/"), text.rfind(b":")) + 1
        number = text[at:]
        if at and number.isalnum():
            known = stem(text[:at])
            if known and (not known[2] or (len(number) == known[2] and number.isdigit())):
                return known, number
        known = code(text)
        if known is None:
            raise Odd
        return known, b""

    def see_code(text: bytes, rank: int, r: list[Any]) -> None:
        known, number = known_of(text)
        if rank < r[0]:
            r[0], r[1], r[2] = rank, known, number
        if rank == _PARENT:
            r[5] = text
        elif rank == _CHILD and text == r[5]:
            raise Odd

    return see_code


def _names(r: list[Any], scheme: bytes, key: bytes) -> bool:
    """Does the header name the product, at a time of our age?"""
    known: Known | None = r[1]
    return (
        known is not None
        and bool(key)
        and known[0] == scheme
        and known[1] + r[2] == key
        and 0 < r[3] < _LAST_MS
    )


def _parties(sight: Sight) -> Callable[[int, str | None, bytes, list[Any]], None]:
    def check(place: tuple[int, str | None, bytes]) -> bytes | None:
        side, kind, text = place
        return sight.checks.party(side, kind, text.decode())

    party = _remembering(check)

    def see_party(side: int, kind: str | None, text: bytes, r: list[Any]) -> None:
        if len(text) + len(kind or "") > LONGEST:
            raise Odd
        found = party((side, kind, text))
        if found is None or (found and found not in r[4]):
            raise Odd

    return see_party


def _parties_in(written: bytes) -> frozenset[bytes]:
    """The parties of a header, each as Avro writes it; the list was walked over."""
    found, (count, at) = [], _number(written, 0)
    for _ in range(count >> 1):
        start = at
        for _ in range(3):
            size, at = _number(written, at)
            at += size >> 1
        found.append(written[start:at])
    return frozenset(found)


def _number(value: bytes, at: int) -> tuple[int, int]:
    """A number in zig-zag form, and where it ends."""
    return (value[at], at + 1) if value[at] < _MORE else long_of(value, at)


def _see_digests(value: bytes, at: int) -> int:
    """Go past no digest, or one of each section."""
    count, at = _number(value, at)
    if not count:
        return at
    if count != 2 * _DIGESTS:
        raise Odd
    for _ in range(_DIGESTS):
        size, at = _number(value, at)
        if size != 2 * _DIGEST:
            raise Odd
        at += _DIGEST
    if value[at]:
        raise Odd
    return at + 1


def _day_of(occurred_at: int) -> bytes:
    """The day in China."""
    return ((occurred_at + _BEIJING_MS) // _DAY_MS).to_bytes(4, "big")


def _extensions(sight: Sight) -> Callable[[bytes, int, list[bytes]], int]:
    own, is_value = sight.own, sight.checks.value

    def see_extensions(v: bytes, a: int, out: list[bytes]) -> int:
        """Go past extensions, of which there are some; ours are part of the likeness."""
        count, a = _number(v, a)
        if count & 1:
            raise Odd
        out.append(b"\2")
        for _ in range(count >> 1):
            start, texts = a, []
            for _ in range(3):
                size, b = _number(v, a)
                a = b + (size >> 1)
                if size & 1 or a > len(v):
                    raise Odd
                texts.append(v[b:a])
            namespace, name, value = texts
            if namespace.startswith(own):
                out += (b"\1", v[start:a])
                continue
            namespace.decode()
            name.decode()
            if not (_PLAIN_JSON.fullmatch(value) and value.decode()) and not is_value(
                value.decode()
            ):
                raise Odd
        if v[a]:
            raise Odd
        out.append(b"\0")
        return a + 1

    return see_extensions
