"""GS1 keys as application identifiers: check digits, and Digital Links in one canonical spelling.

GS1 General Specifications section 7.9 (check digits), GS1 Digital Link 1.2 (URI syntax).
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote

HOST: Final = "https://id.gs1.org/"
GTIN_LENGTH: Final = 14
_WORDS: Final = {"gtin": "01", "lot": "10", "ser": "21", "sscc": "00", "gln": "414", "cpv": "22"}
_CHECKED: Final = {
    "00": 18,
    "01": 14,
    "402": 17,
    "414": 13,
    "417": 13,
    "8006": 14,
    "8017": 18,
    "8018": 18,
    "253": 13,
    "255": 13,
    "8003": 14,
}
"""Primary keys with a check digit, and the length up to it."""
_PRIMARY: Final = frozenset({*_CHECKED, "8004", "8010", "401", "8013"})
_QUALIFIERS: Final = {
    "01": ("22", "10", "21", "235"),
    "8006": ("22", "10", "21"),
    "8010": ("8011",),
    "414": ("254", "7040"),
    "417": ("7040",),
}
"""Key qualifiers that may follow a primary key, in their canonical order."""


CHARACTERS: Final = (
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
"""The 82 characters of alphanumeric values, in their order (General Specifications 7.11)."""
_PRIMES: Final = (
    *(2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37),
    *(41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83),
)
_PAIR_SYMBOLS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PAIR_MODULUS: Final = 1021
_ZERO: Final = ord("0")


def escaped(value: str) -> str:
    """A key or qualifier as a Digital Link spells it; the same signs as `epc.to_link` escapes."""
    return quote(value, safe="-._~';=")


class Link(NamedTuple):
    """A Digital Link taken apart: `elements` are (application identifier, value) pairs."""

    elements: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """The canonical path, without host or leading slash."""
        return "/".join(part for element in self.elements for part in element)

    @property
    def uri(self) -> str:
        """The canonical URI on id.gs1.org."""
        return HOST + self.path

    @property
    def valid(self) -> bool:
        """False when the primary key's check digit, or check character pair, is wrong."""
        identifier, value = self.elements[0]
        if identifier == "8013":
            return _pair_fits(value)
        length = _CHECKED.get(identifier)
        if length is None:
            return True
        key = value[:length]
        if len(key) != length or not (key.isascii() and key.isdigit()):
            return False
        return check_digit(key[:-1]) == key[-1]


def check_digit(digits: str) -> str:
    """The check digit of a numeric GS1 key: weights 3, 1, 3 ... from the right, modulo 10."""
    values = [*map(ord, digits)]
    ends, others = values[::-2], values[-2::-2]
    total = 3 * sum(ends) + sum(others) - _ZERO * (3 * len(ends) + len(others))
    return str(-total % 10)


def check_pair(model: str) -> str:
    """The two check characters of a Global Model Number (GS1 General Specifications 7.9).

    Raises:
        ValueError: a character is outside the set of 82, or there are more than 23.
    """
    pairs = zip(reversed(model), _PRIMES, strict=False)
    if len(model) > len(_PRIMES):
        raise ValueError("a model number has at most 23 characters before its check characters")
    total = sum(CHARACTERS.index(sign) * prime for sign, prime in pairs) % _PAIR_MODULUS
    return _PAIR_SYMBOLS[total >> 5] + _PAIR_SYMBOLS[total & 31]


def _pair_fits(value: str) -> bool:
    model, pair = value[:-2], value[-2:]
    known = set(value) <= set(CHARACTERS)
    return known and 0 < len(model) <= len(_PRIMES) and check_pair(model) == pair


def parse_link(text: str) -> Link | None:
    """Read a Digital Link of any host; None when the text is no Digital Link.

    A GTIN-8, -12 or -13 becomes 14 digits; query and fragment are dropped.
    """
    if not text.startswith(("http://", "https://")):
        return None
    path = text.partition("#")[0].partition("?")[0]
    parts = path.split("/")[3:]
    parts = [
        _WORDS.get(part, part) if at % 2 == len(parts) % 2 else part
        for at, part in enumerate(parts)
    ]
    for at in range(len(parts) % 2, len(parts), 2):
        if parts[at] in _PRIMARY:
            return _link(parts[at:])
    return None


def _link(parts: list[str]) -> Link | None:
    pairs = dict(zip(parts[::2], parts[1::2], strict=True))
    primary = parts[0]
    value = pairs.pop(primary)
    if primary == "01":
        value = value.rjust(GTIN_LENGTH, "0")
    order = _QUALIFIERS.get(primary, ())
    if not value or any(identifier not in order for identifier in pairs):
        return None
    qualifiers = tuple((each, pairs[each]) for each in order if each in pairs)
    return Link(((primary, value), *qualifiers))
