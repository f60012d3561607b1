"""Strict JSON: what RFC 8259 leaves to the reader is refused, so that all readers agree.

UTF-8 only, no duplicate keys, no number that would change, at most 32 levels and 256 KiB. Must not
know EPCIS.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias

import orjson

from tracehub.normalise import rules_document as rules
from tracehub.normalise.formats.text import MAX_DEPTH

_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_ONLY_NUMBERS: Final = bytes(each if each in b"0123456789.eE+-" else 0x20 for each in range(256))
_LETTERS: Final = b"eE"
_SAFE_DIGITS: Final = 16
"""So many signs without an exponent are always read as they are written."""


Faithful: TypeAlias = Callable[[bytes, Any, int, int], bool]
"""Whether a document surely says what its text says; as that of an engine (`avro/fast.py`)."""


def parse(value: bytes, faithful: Faithful | None = None) -> Any:
    """Parse UTF-8 bytes without a byte order mark; `faithful` spares a second look at most of them.

    Raises:
        RejectError: `json/syntax`, `json/too-deep`, `json/duplicate-key`, `json/number-precision`.
    """
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise rules.JSON_SYNTAX.reject(str(error)) from None
    if faithful is not None and faithful(value, document, MAX_DEPTH, _SAFE_DIGITS):
        return document
    shallow = value.count(b"{") + value.count(b"[") <= MAX_DEPTH
    if shallow and orjson.dumps(document) == value:
        # As the parser itself would write it: no key twice, no number that was changed.
        return document
    spelled = _without_escapes(value) if b"\\" in value else value
    outside = b" ".join(spelled.split(b'"')[::2])
    if not (shallow or _is_flat(outside)):
        raise rules.JSON_TOO_DEEP.reject()
    # Written back, a document has lost a string for every key that the parser met twice: the key.
    if spelled.count(b'"') != _quotes(orjson.dumps(document)):
        raise rules.JSON_DUPLICATE_KEY.reject()
    if not _holds_numbers(outside):
        raise rules.JSON_NUMBER.reject()
    return document


def _quotes(value: bytes) -> int:
    """How many quotes open or close a string in valid JSON."""
    if b"\\" in value:
        value = _without_escapes(value)
    return value.count(b'"')


def _without_escapes(value: bytes) -> bytes:
    return value.replace(b"\\\\", b"").replace(b'\\"', b"")


def _is_flat(outside: bytes) -> bool:
    """True when brackets are nested at most `MAX_DEPTH` deep. Strings are taken out."""
    brackets = outside.translate(_ONE_KIND, _NOT_BRACKETS)
    if len(brackets) <= 2 * MAX_DEPTH:
        return True
    for _ in range(MAX_DEPTH):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"")
    return not brackets


def _holds_numbers(outside: bytes) -> bool:
    """True when every number means the same after it was read as the parser reads it."""
    for number in outside.translate(_ONLY_NUMBERS).split():
        # What is left of true and false is no number.
        if number[0] in _LETTERS or (len(number) < _SAFE_DIGITS and not _exponent(number)):
            continue
        if Decimal(number.decode()) != Decimal(repr(orjson.loads(number))):
            return False
    return True


def _exponent(number: bytes) -> bool:
    return b"e" in number or b"E" in number
