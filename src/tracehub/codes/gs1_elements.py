"""GS1 element strings: `(01)06901028075831(21)1001`, or as a scanner reads them from a symbol.

GS1 General Specifications section 7.8: identifiers whose values have one length end by it, all
others at the separator FNC1 (GS, U+001D) or at the end.
"""

from __future__ import annotations

import re
from typing import Final

from tracehub.codes.gs1 import HOST, Link, escaped, parse_link

SEPARATOR: Final = "\x1d"
_SYMBOLOGY: Final = ("]d2", "]C1", "]Q3", "]J1", "]e0")
"""Symbology identifiers that announce GS1 elements."""
_BRACKETED: Final = re.compile(r"\(([0-9]{2,4})\)([^()]+)")
_FIXED: Final = {
    "00": 18,
    "01": 14,
    "02": 14,
    **{f"1{digit}": 6 for digit in "1234567"},
    "20": 2,
    "414": 13,
    "417": 13,
    "402": 17,
    "8006": 18,
    "8017": 18,
    "8018": 18,
}
"""Identifiers of a fixed length that a code of ours may hold."""
_OPEN: Final = (
    *("10", "21", "22", "235", "240", "253", "254", "255", "37"),
    *("401", "7040", "8003", "8004", "8010", "8011", "8013"),
)
"""Identifiers whose value ends at the separator."""
_LONGEST: Final = 4


def parse_elements(text: str) -> Link | None:
    """The key and its qualifiers as a Digital Link; None when the text is no element string.

    Dates, counts and whatever else is no part of the key are left out.
    """
    pairs = _bracketed(text) if text.startswith("(") else _scanned(text)
    if not pairs:
        return None
    # The order in a symbol is free; a Digital Link begins with its key and sorts the rest.
    for identifier, value in pairs:
        link = parse_link(f"{HOST}{identifier}/{escaped(value)}")
        if link is not None:
            return _qualified(link, pairs)
    return None


def _qualified(link: Link, pairs: list[tuple[str, str]]) -> Link:
    """The link with all of the pairs that may qualify its key."""
    for identifier, value in pairs:
        if identifier == link.elements[0][0]:
            continue
        link = parse_link(f"{link.uri}/{identifier}/{escaped(value)}") or link
    return link


def _bracketed(text: str) -> list[tuple[str, str]]:
    pairs = _BRACKETED.findall(text)
    return pairs if "".join(f"({name}){value}" for name, value in pairs) == text else []


def _scanned(text: str) -> list[tuple[str, str]]:
    """Split what a scanner sent; empty when it announces no elements or does not come out even."""
    if text.startswith(_SYMBOLOGY):
        text = text[len(_SYMBOLOGY[0]) :]
    elif not text.startswith(SEPARATOR):
        return []
    pairs: list[tuple[str, str]] = []
    rest = text.lstrip(SEPARATOR)
    while rest:
        name = next((rest[:n] for n in range(2, _LONGEST + 1) if rest[:n] in _KNOWN), "")
        if not name:
            return []
        rest = rest[len(name) :]
        length = _FIXED.get(name, 0)
        value, rest = (rest[:length], rest[length:]) if length else _to_separator(rest)
        if not value or (length and len(value) != length):
            return []
        pairs.append((name, value))
        rest = rest.removeprefix(SEPARATOR)
    return pairs


def _to_separator(text: str) -> tuple[str, str]:
    value, _, rest = text.partition(SEPARATOR)
    return value, rest


_KNOWN: Final = frozenset({*_FIXED, *_OPEN})
