"""Organic code 有机码: 17 digits, of which none is said to be a check digit."""

from __future__ import annotations

import re
from typing import Final

from tracehub.codes.code import Layout

ORGANIC: Final = Layout(
    "organic",
    (("certification_body", 3), ("year", 2), ("random", 12)),
    re.compile(r"[0-9]{17}"),
    "17 digits",
    " 17 位数字",
)
