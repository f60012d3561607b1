"""药品追溯码, the 20-digit drug trace code (NMPAB/T 1002-2019, read through secondary pages).

The first seven digits are the 药品标识码 that finds the home platform. The check algorithm is not
in any text that was read, so a code is never called valid or invalid.
"""

from __future__ import annotations

from typing import Final

from tracehub.codes.code import Code, half_width

PREFIX: Final = "urn:tracehub:drug:"
LENGTH: Final = 20
DRUG_ID_LENGTH: Final = 7


def looks_like(text: str) -> bool:
    """True for 20 digits, bare or as a URN."""
    digits = half_width(text).removeprefix(PREFIX)
    return len(digits) == LENGTH and digits.isascii() and digits.isdigit()


def parse(text: str) -> Code:
    """Read a trace code that `looks_like` one."""
    normal = half_width(text).removeprefix(PREFIX)
    return Code("drug", text, normal, PREFIX + normal, "unverified")


def drug_id(code: Code) -> str:
    """The 药品标识码: the first seven digits."""
    return code.normal[:DRUG_ID_LENGTH]
