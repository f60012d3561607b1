"""USCC, 统一社会信用代码: 18 characters that name an organisation (GB 32100-2015)."""

from __future__ import annotations

from typing import Final

from tracehub.codes.code import Check, Code, half_width

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 symbols; a symbol's value is its place (GB 32100-2015, table of values)."""
PREFIX: Final = "urn:tracehub:uscc:"
LENGTH: Final = 18
_VALUES: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(LENGTH - 1))
_MODULUS: Final = 31


def check_character(first: str) -> str:
    """The 18th character for the first 17 (weights 3^(i-1) mod 31).

    Raises:
        KeyError: a character is outside the alphabet.
    """
    total = sum(_VALUES[symbol] * weight for symbol, weight in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[-total % _MODULUS]


def looks_like(text: str) -> bool:
    """True for 18 ASCII letters and digits, whatever their check character."""
    return len(text) == LENGTH and text.isascii() and text.isalnum()


def parse(text: str) -> Code:
    """Read a USCC, bare or as `urn:tracehub:uscc:<code>`.

    A letter outside the alphabet (I, O, S, V, Z) is not corrected: the code is invalid.
    """
    normal = half_width(text).removeprefix(PREFIX).upper()
    check: Check = "invalid"
    if looks_like(normal) and all(symbol in _VALUES for symbol in normal):
        check = "valid" if check_character(normal[:-1]) == normal[-1] else "invalid"
    return Code("uscc", text, normal, PREFIX + normal, check)
