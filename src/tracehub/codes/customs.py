"""Codes of customs: the commodity code 商品编号 and the number of a declaration 报关单海关编号.

Neither is said to have a check digit.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from tracehub.codes.code import Code, Layout, Misfit

HS13_FROM: Final = date(2018, 8, 1)
"""From this day a commodity code has 13 digits; the layout before is not established."""

HS13: Final = Layout(
    "hs13",
    (("tariff", 8), ("supervision", 2), ("inspection_quarantine", 3)),
    re.compile(r"[0-9]{13}"),
    "13 digits: 8 of the tariff, 2 of supervision, 3 of inspection and quarantine",
    " 13 位数字：8 位税则号列、2 位监管附加、3 位检验检疫附加",
)
DECLARATION: Final = Layout(
    "customs",
    (("customs", 4), ("year", 4), ("flag", 1), ("serial", 9)),
    re.compile(r"[0-9]{18}"),
    "18 digits: 4 of the customs, 4 of the year, 1 (import) or 0 (export), 9 of the serial",
    " 18 位数字：4 位关区、4 位年份、1（进口）或 0（出口）、9 位流水号",
)
_FLAG: Final = 8


def parse_declaration(text: str) -> Code | Misfit:
    """Read the number of a declaration; its ninth digit says import (1) or export (0)."""
    code = DECLARATION.parse(text)
    if isinstance(code, Code) and code.normal[_FLAG] not in "01":
        return Misfit(
            code.scheme,
            text,
            "customs/flag",
            "the ninth digit is 1 for an import or 0 for an export; correct the number",
            "第九位应为 1（进口）或 0（出口）；请改正",
        )
    return code
