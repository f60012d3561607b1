"""Bad JSON: what RFC 8259 forbids, and what it leaves to the reader.

Must not know EPCIS beyond the good document.
"""

from __future__ import annotations

import random
from typing import Final

from tracehub.testing.bad_input.case import Case, Kind, event, good, legal, refused

_NAMES: Final = ("eventTime", "action", "epcList", "bizStep", "disposition", "eventTimeZoneOffset")
_BREAKS: Final = (b"'action'", b"action", b'"action', b"/* */", b',"a"', b'"a":01,', b'"a":.5,')
_NO_NUMBERS: Final = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e400", b"0x10", b"+1", b"1.")
_MARK: Final = b"\xef\xbb\xbf"


def _value(chance: random.Random, written: bytes) -> bytes:
    """A document whose one extension has this value."""
    return good(chance, **{"example:n": 0}).replace(b'"example:n":0', b'"example:n":' + written)


def _duplicate(chance: random.Random) -> Case:
    name = chance.choice(_NAMES).encode()
    first = chance.choice((b"null", b"1", b"[{}]", b'"x"'))
    spelled = chance.choice((name, b"\\u%04x" % name[0] + name[1:]))
    value = good(chance).replace(b'"' + name, b'"' + spelled + b'":' + first + b',"' + name, 1)
    return refused(value, "json/duplicate-key")


def _deep(chance: random.Random) -> Case:
    levels = chance.randint(33, 900)
    opens, closes = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return refused(_value(chance, opens * levels + b"1" + closes * levels), "json/too-deep")


def _very_deep(chance: random.Random) -> Case:
    levels = chance.randint(2_000, 100_000)
    return refused(_value(chance, b"[" * levels + b"]" * levels), "json/syntax")


def _large(chance: random.Random) -> Case:
    size = chance.randint(262_144, 400_000)
    return refused(_value(chance, b'"' + b"x" * size + b'"'), "document/too-large")


def _cut(chance: random.Random) -> Case:
    value = good(chance)
    return refused(value[: chance.randint(1, len(value) - 1)], "json/syntax")


def _broken(chance: random.Random) -> Case:
    piece = chance.choice(_BREAKS)
    return refused(good(chance).replace(b'"action"', piece + b'"action"', 1), "json/syntax")


def _not_a_number(chance: random.Random) -> Case:
    return refused(_value(chance, chance.choice(_NO_NUMBERS)), "json/syntax")


def _long_number(chance: random.Random) -> Case:
    digits = "".join(chance.choices("123456789", k=chance.randint(20, 300)))
    written = chance.choice((digits, f"0.{digits}", f"-{digits}"))
    return refused(_value(chance, written.encode()), "json/number-precision")


def _huge_number(chance: random.Random) -> Case:
    return refused(_value(chance, b"9" * chance.randint(400, 100_000)), "json/syntax")


def _surrogate(chance: random.Random) -> Case:
    text = b'"\\u%04x%s"' % (chance.randint(0xD800, 0xDFFF), chance.choice((b"", b"a", b"\\n")))
    return refused(_value(chance, text), "json/syntax")


def _control(chance: random.Random) -> Case:
    return refused(_value(chance, b'"a%cb"' % chance.randint(1, 31)), "json/syntax")


def _other_encoding(chance: random.Random) -> Case:
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32"))
    value = good(chance).decode().encode(encoding)
    if value[0]:
        return refused(value, "document/not-utf8")
    return refused(value, "avro/magic", "avro/unknown-schema")


def _bad_byte(chance: random.Random) -> Case:
    byte = chance.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x00"))
    return refused(_value(chance, b'"a' + byte + b'"'), "document/not-utf8")


def _trailing(chance: random.Random) -> Case:
    return refused(good(chance) + chance.choice((b"{}", b"]", b",", b"x", b"null")), "json/syntax")


def _other(chance: random.Random) -> Case:
    number = chance.randint(0, 10**6)
    scalar = chance.choice((b"%d", b'"%d"', b'{"a":%d}', b"id;%d", b"%%%d", b"- a: %d\n", b"=%d"))
    return refused(scalar % number, "document/unrecognised")


def _marked(chance: random.Random) -> Case:
    if chance.random() < 0.5:
        return refused(_MARK * 2 + good(chance), "document/unrecognised")
    return legal(_MARK + good(chance), "a byte order mark is taken away, with a reason")


def _deepest(chance: random.Random) -> Case:
    levels = 32 - 4
    value = _value(chance, b"[" * levels + b"1" + b"]" * levels)
    return legal(value, "32 levels are allowed")


def _many(chance: random.Random) -> Case:
    pairs = b",".join(b'"k%d":%d' % (n, n) for n in range(chance.randint(1_000, 9_000)))
    return refused(b"{" + pairs + b"}", "document/unrecognised")


def _empty_key(chance: random.Random) -> Case:
    value = event(chance, **{"": chance.choice((1, "a", [], {}))})
    return refused(good(chance, **value), "epcis/field-unknown")


KINDS: Final[tuple[Kind, ...]] = (
    _duplicate,
    _deep,
    _very_deep,
    _large,
    _cut,
    _broken,
    _not_a_number,
    _long_number,
    _huge_number,
    _surrogate,
    _control,
    _other_encoding,
    _bad_byte,
    _trailing,
    _other,
    _marked,
    _deepest,
    _many,
    _empty_key,
)
