"""USCC, 统一社会信用代码: 18 characters that name an organisation (GB 32100-2015)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tracehub.codes.code import URN, Check, Code, Misfit, half_width, without_separators

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 symbols; a symbol's value is its place (GB 32100-2015, table of values)."""
SCHEME: Final = "uscc"
PREFIX: Final = f"{URN}{SCHEME}:"
LENGTH: Final = 18
REGION: Final = slice(2, 8)
"""Where it says the region of registration (GB 32100-2015 section 4)."""
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
    return Code(SCHEME, text, normal, PREFIX + normal, check)


def read(text: str) -> Code | Misfit:
    """As `parse()`, but a text without the form of a USCC is none; printed gaps are dropped."""
    code = parse(without_separators(half_width(text)))._replace(source=text)
    if not looks_like(code.normal):
        return Misfit(
            SCHEME,
            text,
            "uscc/form",
            "expected 18 letters and digits; correct the code",
            "应为 18 位字母和数字；请改正",
        )
    if not set(code.normal) <= set(ALPHABET):
        return Misfit(
            SCHEME,
            text,
            "uscc/alphabet",
            "I, O, S, V and Z are no letters of this code; correct the code",
            "该代码不使用字母 I、O、S、V、Z；请改正",
        )
    return code


def parts(code: Code) -> Mapping[str, str]:
    """The parts of a code that `read()` gave."""
    normal = code.normal
    return {
        "department": normal[0],
        "entity": normal[1],
        "region": normal[REGION],
        "organisation": normal[8:17],
        "check": normal[17],
    }
