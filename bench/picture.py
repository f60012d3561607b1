"""Bars as SVG, made from figures alone. Must not know what is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Final, NamedTuple

_WIDTH: Final = 760
_LEFT: Final = 290
_ROW: Final = 26
_TOP: Final = 44
_BAR: Final = 16


_SVG: Final = "http://www.w3.org/2000/svg"
_FONT: Final = {"font-family": "sans-serif", "font-size": 13}
_BOLD: Final = {"font-size": 15, "font-weight": "bold"}


class Bar(NamedTuple):
    """One line of a picture; `low` and `high` draw a whisker."""

    label: str
    value: float
    low: float
    high: float
    own: bool = True


def bars(title: str, unit: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars on a logarithmic scale when the longest is 20 times the shortest."""
    most = max(each.high for each in rows)
    least = min(each.value for each in rows)
    far = most > 20 * least
    room = _WIDTH - _LEFT - 90

    def x(value: float) -> float:
        if far:
            low = math.log10(least / 2)
            return room * (math.log10(max(value, least / 2)) - low) / (math.log10(most) - low)
        return room * value / most

    height = _TOP + _ROW * len(rows) + 14
    scale = ", logarithmic" if far else ""
    parts = [
        _tag("svg", xmlns=_SVG, viewBox=f"0 0 {_WIDTH} {height}", **_FONT) + ">",
        _tag("rect", width=_WIDTH, height=height, fill="#ffffff") + "/>",
        f"{_tag('text', x=12, y=24, **_BOLD)}>{escape(f'{title} ({unit}{scale})')}</text>",
    ]
    for index, row in enumerate(rows):
        parts += _row(row, _TOP + index * _ROW, x)
    return "\n".join([*parts, "</svg>", ""])


def _tag(name: str, **attributes: object) -> str:
    return f"<{name} " + " ".join(f'{key}="{value}"' for key, value in attributes.items())


def _row(row: Bar, y: int, x: Callable[[float], float]) -> list[str]:
    middle, end = y + _BAR / 2, _LEFT + x(row.value)
    low, high = _LEFT + x(row.low), _LEFT + x(row.high)
    colour = "#00796b" if row.own else "#90a4ae"
    return [
        f'<text x="{_LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(row.label)}</text>',
        f'<rect x="{_LEFT}" y="{y}" width="{end - _LEFT:.1f}" height="{_BAR}" fill="{colour}"/>',
        f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#263238"/>',
        f'<text x="{max(end, high) + 6:.1f}" y="{y + 13}">{row.value:,.1f}</text>',
    ]
