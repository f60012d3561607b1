"""Tiles: the 34 provinces as a grid of equal squares, so that nothing is a map. Pure.

Where a tile stands is ours, roughly as the provinces lie; names after GB/T 2260.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_ROWS: Final = """
. . . . . . . . . 23黑龙江Heilongjiang
. 65新疆Xinjiang . . . 15内蒙古Inner_Mongolia . . 21辽宁Liaoning 22吉林Jilin
. . 62甘肃Gansu 64宁夏Ningxia 14山西Shanxi 13河北Hebei 11北京Beijing 12天津Tianjin . .
. 63青海Qinghai . 61陕西Shaanxi 41河南Henan 37山东Shandong . . . .
54西藏Tibet . 51四川Sichuan 50重庆Chongqing 42湖北Hubei 34安徽Anhui 32江苏Jiangsu 31上海Shanghai . .
. . 53云南Yunnan 52贵州Guizhou 43湖南Hunan 36江西Jiangxi 33浙江Zhejiang . . .
. . . 45广西Guangxi 44广东Guangdong 35福建Fujian . 71台湾Taiwan . .
. . . 46海南Hainan 82澳门Macau 81香港Hong_Kong . . . .
"""


class Tile(NamedTuple):
    """One province: the two digits that its codes begin with, its names, its square."""

    code: str
    zh: str
    en: str
    column: int
    row: int


class Shown(NamedTuple):
    """A tile with its figures; `None` when the hub has no connection there. `step` is 0 to 4."""

    tile: Tile
    taken: int | None
    refused: int | None
    step: int


def _tile(cell: str, column: int, row: int) -> Tile:
    name = cell[2:]
    chinese = "".join(each for each in name if not each.isascii())
    return Tile(cell[:2], chinese, name[len(chinese) :].replace("_", " "), column, row)


TILES: Final = tuple(
    _tile(cell, column, row)
    for row, line in enumerate(_ROWS.strip().splitlines())
    for column, cell in enumerate(line.split())
    if cell != "."
)


def shown(taken: Mapping[str, int], refused: Mapping[str, int]) -> Sequence[Shown]:
    """Every tile with the figures of its province, by the first two digits of a region."""
    most = max(taken.values(), default=0)
    found = []
    for tile in TILES:
        count = taken.get(tile.code)
        step = 0 if not count else 1 + min(3, 4 * count // (most + 1))
        found.append(Shown(tile, count, refused.get(tile.code), step))
    return found
