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
    outside = _outside_strings(value)
    if not _is_flat(outside):
        raise rules.JSON_TOO_DEEP.reject()
    # A colon outside strings is a member. Written back, a document has lost one for every key
    # that the parser met twice (and all below the first of them).
    if outside.count(b":") != _outside_strings(orjson.dumps(document)).count(b":"):
        raise rules.JSON_DUPLICATE_KEY.reject()
    if _LONG_NUMBER.search(outside) and not all(map(_survives, _NUMBER.findall(outside))):
        raise rules.JSON_NUMBER.reject()
    return document


def _outside_strings(value: bytes) -> bytes:
    """Valid JSON with everything between quotes taken out."""
    if b"\\" in value:
        value = value.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b" ".join(value.split(b'"')[::2])


def _is_flat(outside: bytes) -> bool:
    """True when brackets are nested at most `MAX_DEPTH` deep."""
    brackets = outside.translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"")
    return not brackets


def _survives(number: bytes) -> bool:
    """True when the number means the same after it was read as the parser reads it."""
    return Decimal(number.decode()) == Decimal(repr(orjson.loads(number)))
