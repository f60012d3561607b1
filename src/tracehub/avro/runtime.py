"""What generated code stands on: numbers, sizes, the exception that hands over to the reference.

Must not know schemas.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from tracehub.avro.prescan import long_after

new: Final[Any] = tuple.__new__
"""Makes a named tuple from its values at half of what calling its class costs."""


class Odd(Exception):  # noqa: N818 - no error yet: the reference decides
    """A value is not of the plain form that this code reads or writes."""


PRINTED: Final = bytes(range(0x21, 0x7F))
"""What an id is made of."""
TRUTH: Final = {0: False, 1: True}
double_at: Final = struct.Struct("<d").unpack_from
float_at: Final = struct.Struct("<f").unpack_from
double_of: Final = struct.Struct("<d").pack
float_of: Final = struct.Struct("<f").pack

BEYOND: Final = [1 << 40 if size & 129 else 1 + (size >> 1) for size in range(256)]
"""By the byte of its length, how far a short text reaches; beyond all for any other."""
FIRST: Final = 16
SECOND: Final = 9
"""So many bytes tell as a rule how long the claims before the instants are, and those after."""
INSTANT: Final = 0xFF_8080808080FF
UNDECLARED: Final = 0x00_808080808000
DECLARED: Final = 0x00_808080808080
"""Between these are no declaration and an instant of six bytes, as far as INSTANT shows them."""
number_in: Final = int.from_bytes

_MORE: Final = 0x80
_LONG: Final = 1 << 63
_INSTANT: Final = 6
_MOST_KNOWN: Final = 1000
_LONGEST_KNOWN: Final = 4096
_CARRIED: Final = sum(_MORE << shift for shift in range(0, 35, 7))
"""What the flags of a number's first five bytes add to it."""


def number_of(number: int) -> bytes:
    """A number as Avro writes it.

    Raises:
        Odd: it has more than 64 bits.
    """
    if not -_LONG <= number < _LONG:
        raise Odd
    return unsigned_of((number << 1) ^ (number >> 63))


def unsigned_of(number: int) -> bytes:
    """A number that is not below zero, seven bits to a byte, as in a number of Avro's."""
    out = bytearray()
    while number >= _MORE:
        out.append(number & ~-_MORE | _MORE)
        number >>= 7
    out.append(number)
    return bytes(out)


class _Sizes(dict[int, bytes]):
    """The bytes of a length behind others, kept while it is short."""

    def __init__(self, before: bytes) -> None:
        super().__init__({size: before + number_of(size) for size in range(1024)})
        self._before = before

    def __missing__(self, size: int) -> bytes:
        return self._before + number_of(size)


SIZES: Final = _Sizes(b"")
PRESENT: Final = _Sizes(b"\2")
"""The length of a text in a union with null."""


class Known:
    """Claims that were read with care, and may be recognised by their bytes.

    Attributes:
        firsts, seconds: by their first bytes, how long those before the instants are, and after.
        claims: both as they are joined.
    """

    def __init__(self) -> None:
        self.firsts: dict[bytes, int] = {}
        self.seconds: dict[bytes, int] = {}
        self.claims: dict[tuple[bytes, bytes], bytes] = {}

    def learn(self, first: bytes, instants: bytes, second: bytes, joined: bytes) -> None:
        """Remember claims, when the instants between them are such as are recognised."""
        usual = len(instants) == 1 + _INSTANT and not instants[0]
        if usual and len(first) + len(second) <= _LONGEST_KNOWN:
            if len(self.claims) >= _MOST_KNOWN:
                for each in (self.firsts, self.seconds, self.claims):
                    each.clear()
            self.firsts[first[:FIRST]] = len(first)
            self.seconds[second[:SECOND]] = len(second)
            self.claims[first, second] = joined


def long_of(value: bytes, at: int) -> tuple[int, int]:
    """A number of more than one byte, still in zig-zag form, and where it ends."""
    last = value[at + 1]
    if 0 < last < _MORE:
        return value[at] + (last << 7) - _MORE, at + 2
    return long_after(value, at + 1)


def instant_of(value: bytes, at: int) -> tuple[int, int]:
    """As `long_of()`, fastest for the six bytes that our age has in milliseconds."""
    p, q, r, s, t, last = value[at : at + 6]
    if 0 < last < _MORE and p & q & r & s & t & _MORE:
        number = p + (q << 7) + (r << 14) + (s << 21) + (t << 28) + (last << 35) - _CARRIED
        return number, at + 6
    return long_after(value, at + 1)
