"""Strict JSON: what RFC 8259 leaves to the reader is refused, so that all readers agree.

UTF-8 only, no duplicate keys, no number that would change, at most 32 levels and 256 KiB. Must not
know EPCIS.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import orjson

from tracehub.normalise import rules_document as rules
from tracehub.normalise.formats.text import MAX_DEPTH

_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_NOT_NUMBERS: Final = b" \t\r\n:,[]{}"
_LONG_NUMBER: Final = re.compile(rb"[0-9][0-9.]{15,}|[0-9.]+[eE][+-]?[0-9]+")
_NUMBER: Final = re.compile(rb"-?[0-9.]+(?:[eE][+-]?[0-9]+)?")


def parse(value: bytes) -> Any:
    """Parse UTF-8 bytes without a byte order mark.

    Raises:
        RejectError: `json/syntax`, `json/too-deep`, `json/duplicate-key`, `json/number-precision`.
    """
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise rules.JSON_SYNTAX.reject(str(error)) from None
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH and not _is_flat(value):
        raise rules.JSON_TOO_DEEP.reject()
    # Written back, a document has lost a string for every key that the parser met twice: the key.
    if _quotes(value) != _quotes(orjson.dumps(document)):
        raise rules.JSON_DUPLICATE_KEY.reject()
    if not _holds_numbers(value):
        raise rules.JSON_NUMBER.reject()
    return document


def _quotes(value: bytes) -> int:
    """How many quotes open or close a string in valid JSON."""
    if b"\\" in value:
        value = _without_escapes(value)
    return value.count(b'"')


def _without_escapes(value: bytes) -> bytes:
    return value.replace(b"\\\\", b"").replace(b'\\"', b"")


def _outside_strings(value: bytes) -> bytes:
    """Valid JSON with everything between quotes taken out."""
    if b"\\" in value:
        value = _without_escapes(value)
    return b" ".join(value.split(b'"')[::2])


def _is_flat(value: bytes) -> bool:
    """True when brackets are nested at most `MAX_DEPTH` deep."""
    brackets = _outside_strings(value).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"")
    return not brackets


def _holds_numbers(value: bytes) -> bool:
    """True when every number means the same after it was read as the parser reads it."""
    outside = _outside_strings(value)
    if not outside.translate(None, _NOT_NUMBERS) or not _LONG_NUMBER.search(outside):
        return True
    return all(
        Decimal(number.decode()) == Decimal(repr(orjson.loads(number)))
        for number in _NUMBER.findall(outside)
    )
