"""Food licence 食品生产许可证编号: `SC` and 14 digits. The check algorithm is not established."""

from __future__ import annotations

import re
from typing import Final

from tracehub.codes.code import Layout

SC: Final = Layout(
    "sc",
    (("letters", 2), ("food_category", 3), ("region", 6), ("serial", 4), ("check", 1)),
    re.compile(r"SC[0-9]{14}"),
    "SC and 14 digits",
    " SC 加 14 位数字",
)
