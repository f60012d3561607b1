"""Codes of drugs: the 20-digit trace code 药品追溯码 and the 14-digit base code 本位码.

NMPAB/T 1002-2019, read through secondary pages only. The first seven digits of a trace code are the
药品标识码 that finds the home platform. No text that was read publishes a check algorithm of
either, so a code is never called valid or invalid.
"""

from __future__ import annotations

import re
from typing import Final

from tracehub.codes.code import URN, Code, Layout, half_width

LENGTH: Final = 20
DRUG_ID_LENGTH: Final = 7
TRACE: Final = Layout(
    "drug",
    (("drug_id", DRUG_ID_LENGTH), ("rest", LENGTH - DRUG_ID_LENGTH)),
    re.compile(r"[0-9]{20}"),
    "20 digits",
    " 20 位数字",
)
BASE: Final = Layout(
    "drug-base",
    (("country_class_body", 13), ("check", 1)),
    re.compile(r"[0-9]{14}"),
    "14 digits",
    " 14 位数字",
)
PREFIX: Final = f"{URN}{TRACE.scheme}:"


def looks_like(text: str) -> bool:
    """True for 20 digits, bare or as a URN."""
    digits = half_width(text).removeprefix(PREFIX)
    return len(digits) == LENGTH and digits.isascii() and digits.isdigit()


def parse(text: str) -> Code:
    """Read a trace code that `looks_like` one."""
    normal = half_width(text).removeprefix(PREFIX)
    return Code(TRACE.scheme, text, normal, PREFIX + normal, "unverified")


def drug_id(code: Code) -> str:
    """The 药品标识码: the first seven digits."""
    return code.normal[:DRUG_ID_LENGTH]
