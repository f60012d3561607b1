"""What generated looks call for single values: codes, parties, extensions, days.

Of one event `r` holds the rank of the code that its header should name, what is known of that code,
its number, the time that the header says, the header's parties, and the code of the parent; `w`
what `layout.py` wants to know. Whatever is not good by itself raises. Must not know schemas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from tracehub.avro.look import Known, Look, Sight
from tracehub.avro.runtime import Odd, long_of, number_of, unsigned_of
from tracehub.remember import LONGEST, Memory

_LISTS: Final = 4096
"""So many headers' lists of parties are remembered."""
_NO_RANK: Final = 99
PARENT: Final = 2
CHILD: Final = 3
"""Ranks of codes that may not be equal."""
_DIGESTS: Final = 4
_DIGEST: Final = 32
_DAY_MS: Final = 86_400_000
_BEIJING_MS: Final = 8 * 3_600_000
_LAST_MS: Final = 4_102_444_800_000
_LEAST_MS: Final = 60_000
_MINUTE_MS: Final = 60_000
_SECOND_MS: Final = 1000
_COLON: Final = slice(16, 17)
_BEFORE_SECOND: Final = slice(17)
_SECOND: Final = slice(17, 19)
_BEHIND_SECOND: Final = slice(19, None)
"""Where seconds stand in a time, and the colon before them (ISO 8601)."""
_SECONDS: Final = {b"%02d" % each: 2 * each * _SECOND_MS for each in range(60)}
"""As they add to a number of milliseconds in zig-zag form."""
_LOW_BITS: Final = 14
_LOW: Final = (1 << _LOW_BITS) - 1
"""Of a number in zig-zag form: what stands in its first two bytes."""
MOST_ALIKE: Final = 4096
"""So long a likeness may be, and the header's parties."""
_MORE: Final = 0x80
_PLAIN_JSON: Final = re.compile(rb'"[^"\\\x00-\x1f]*"')
_BEFORE: Final = (b".", b"/", b":")
"""What may stand before a code's number."""

Noted: TypeAlias = tuple[str, int, int, Any]
"""A value of an event's own: its role, from where to where, and what its mark says of it."""


class Values:
    """Judges of single values by one sight, each with its memory.

    Attributes:
        stems: what is known of what stands before a code's number; None when it is no such.
        parties: by side, type and code, as `Checks.party`.
        parties_in: those of a header, by their bytes.
        settled: what layouts have found, by the bytes around an event's own values.
    """

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        checks = sight.checks
        self.stems: Memory[bytes, Any] = Memory(
            lambda text: checks.stem(text.decode()) if text.endswith(_BEFORE) else None
        )
        self._codes: Memory[bytes, Any] = Memory(lambda text: checks.code(text.decode()))
        self.parties: Memory[Any, Any] = Memory(
            lambda entry: checks.party(entry[0], entry[1], entry[2].decode())
        )
        self.parties_in = Memory(_parties_in, _LISTS, MOST_ALIKE)
        self.settled: dict[Any, Any] = {}
        self._minutes = Memory(self._minute, _LISTS)
        self._lows: Memory[int, bytes] = Memory(
            lambda number: unsigned_of(number | 1 << _LOW_BITS)[:2]
        )
        self._highs = Memory(unsigned_of)

    def named(self) -> Mapping[str, Any]:
        """The functions by the names that generated text has for them."""
        return {
            "LARGEST": self.sight.largest,
            "MOST_ALIKE": MOST_ALIKE,
            "Look": Look,
            "NO_RANK": _NO_RANK,
            "day_of": _day_of,
            "instant": self.sight.checks.instant,
            "names": _names,
            "parties_in": self.parties_in.__getitem__,
            "see_code": self._see_code,
            "see_digests": _see_digests,
            "see_extensions": self._see_extensions,
            "see_party": self._see_party,
        }

    def known_of(self, text: bytes) -> tuple[Known, bytes]:
        """What is known of a code, and its number when that is all that differs.

        Raises:
            Odd: it is no code that is good by itself.
        """
        if len(text) > LONGEST:
            raise Odd
        at = max(map(text.rfind, _BEFORE)) + 1
        number = text[at:]
        if at and number.isalnum():
            known = self.stems[text[:at]]
            if known and (not known[2] or (len(number) == known[2] and number.isdigit())):
                return known, number
        known = self._codes[text]
        if known is None:
            raise Odd
        return known, b""

    def is_value(self, text: bytes) -> bool:
        """Is it an extension's value?"""
        plain = _PLAIN_JSON.fullmatch(text) and text.decode()
        return bool(plain) or self.sight.checks.value(text.decode())

    def _see_code(self, text: bytes, rank: int, r: list[Any]) -> None:
        known, number = self.known_of(text)
        if rank < r[0]:
            r[0], r[1], r[2] = rank, known, number
        if rank == PARENT:
            r[5] = text
        elif rank == CHILD and text == r[5]:
            raise Odd

    def _see_party(self, side: int, kind: str | None, text: bytes, r: list[Any]) -> None:
        if len(text) + len(kind or "") > LONGEST:
            raise Odd
        found = self.parties[side, kind, text]
        if found is None or (found and found not in r[4]):
            raise Odd

    def _see_extensions(self, v: bytes, a: int, out: list[bytes], w: list[Noted]) -> int:
        """Go past extensions, of which there are some; ours are part of the likeness."""
        count, a = number_at(v, a)
        if count & 1:
            raise Odd
        out.append(b"\2")
        for _ in range(count >> 1):
            start, texts = a, []
            for _ in range(3):
                size, b = number_at(v, a)
                a = b + (size >> 1)
                if size & 1 or a > len(v):
                    raise Odd
                texts.append(v[b:a])
            namespace, name, value = texts
            if namespace.startswith(self.sight.own):
                out += (b"\1", v[start:a])
                continue
            namespace.decode()
            name.decode()
            if not self.is_value(value):
                raise Odd
            w.append(("value", b, a, 0))
        if v[a]:
            raise Odd
        out.append(b"\0")
        return a + 1

    def settle(self, by: Any, found: Any) -> None:
        """Remember what a layout has found."""
        if len(self.settled) >= _LISTS:
            self.settled.clear()
        self.settled[by] = found

    def moment(self, text: bytes) -> tuple[bytes, bytes] | None:
        """Of a time its milliseconds as Avro writes them and the day, if it is of our age.

        One time of each minute is parsed: seconds are added to it.
        """
        second = _SECONDS.get(text[_SECOND])
        minute = self._minutes[text[_BEFORE_SECOND] + text[_BEHIND_SECOND]]
        if minute and second is not None:
            number = minute[0] + second
            return self._lows[number & _LOW] + self._highs[number >> _LOW_BITS], minute[1]
        ms = self.sight.checks.instant(text.decode())
        return (number_of(ms), _day_of(ms)) if ms is not None and 0 < ms < _LAST_MS else None

    def _minute(self, text: bytes) -> tuple[int, bytes] | None:
        """Of a time without its seconds the number of its first millisecond, and the day.

        None when seconds can't be added, or might lead into another day.
        """
        if text[_COLON] != b":":
            return None
        first = text[_BEFORE_SECOND] + b"00" + text[_SECOND.start :]
        ms = self.sight.checks.instant(first.decode())
        if ms is None or not _LEAST_MS <= ms < _LAST_MS - _MINUTE_MS:
            return None
        return (2 * ms, _day_of(ms)) if ms % _MINUTE_MS < _SECOND_MS else None


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


def _parties_in(written: bytes) -> frozenset[bytes]:
    """The parties of a header, each as Avro writes it; the list was walked over."""
    found, (count, at) = [], number_at(written, 0)
    for _ in range(count >> 1):
        start = at
        for _ in range(3):
            size, at = number_at(written, at)
            at += size >> 1
        found.append(written[start:at])
    return frozenset(found)


def number_at(value: bytes, at: int) -> tuple[int, int]:
    """A number in zig-zag form, and where it ends."""
    return (value[at], at + 1) if value[at] < _MORE else long_of(value, at)


def _see_digests(value: bytes, at: int, w: list[Noted]) -> int:
    """Go past no digest, or one of each section."""
    count, at = number_at(value, at)
    if not count:
        return at
    if count != 2 * _DIGESTS:
        raise Odd
    for _ in range(_DIGESTS):
        size, at = number_at(value, at)
        if size != 2 * _DIGEST:
            raise Odd
        w.append(("digest", at, at + _DIGEST, 0))
        at += _DIGEST
    if value[at]:
        raise Odd
    return at + 1


def _day_of(occurred_at: int) -> bytes:
    """The day in China."""
    return ((occurred_at + _BEIJING_MS) // _DAY_MS).to_bytes(4, "big")
