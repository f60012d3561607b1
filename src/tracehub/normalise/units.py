"""Units of measure as Chinese trade writes them -> UN/CEFACT Recommendation 20 codes.

Weights become kilograms (国务院关于在我国统一实行法定计量单位的命令, 1984: 1 斤 = 0.5 kg); what is
counted keeps its number. The word itself is kept beside, so the way back is exact.

Must not know fields.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from tracehub.normalise.conversions_value import as_decimal, as_text, plain_number


class Unit(NamedTuple):
    """Code of a unit, and how many of that code one of it is."""

    code: str
    factor: Decimal


_ONE: Final = Decimal(1)


def _table(code: str, factor: Decimal, words: str) -> dict[str, Unit]:
    return dict.fromkeys(words.split(), Unit(code, factor))


UNITS: Final = {
    **_table("KGM", _ONE, "公斤 千克 kg KG KGM"),
    **_table("KGM", Decimal("0.5"), "斤 市斤"),
    **_table("KGM", Decimal("0.05"), "两 市两"),
    **_table("KGM", Decimal("0.005"), "钱"),
    **_table("KGM", Decimal(50), "担"),
    **_table("KGM", Decimal(1000), "吨 公吨 t TNE"),
    **_table("KGM", Decimal("0.001"), "克 g GRM"),
    **_table("LTR", _ONE, "升 L LTR"),
    **_table("LTR", Decimal("0.001"), "毫升 ml MLT"),
    **_table("H87", _ONE, "件 个 只 头 羽 支 枚"),
    **_table("XBX", _ONE, "盒"),
    **_table("XCT", _ONE, "箱"),
    **_table("XBG", _ONE, "袋 包"),
    **_table("XBO", _ONE, "瓶"),
    **_table("XDR", _ONE, "桶"),
}
"""Word -> unit. A package is `X` and its code of UN/CEFACT Recommendation 21."""


_WORDS: Final = {unit.code: word for word, unit in reversed(UNITS.items()) if unit.factor == _ONE}


def unit_of(value: Any) -> Unit:
    """The unit that a word names.

    Raises:
        ValueError: it is none that is listed.
    """
    found = UNITS.get(as_text(value).strip())
    if found is None:
        raise ValueError("the unit is not one that is listed, such as 公斤, 斤, 两, 吨, 箱, 件")
    return found


def code(value: Any) -> str:
    """The code of the unit that a word names."""
    return unit_of(value).code


def word(value: Any) -> str:
    """The word that stands for a code.

    Raises:
        ValueError: no word stands for it.
    """
    found = _WORDS.get(as_text(value))
    if found is None:
        raise ValueError("no listed unit has this code")
    return found


def scale(word: str) -> tuple[Callable[[Any], float], Callable[[Any], float]]:
    """Into the code's unit and back out of it, for a unit that is always the same."""
    factor = UNITS[word].factor
    return (
        lambda value: float(as_decimal(value) * factor),
        lambda value: float(as_decimal(value) / factor),
    )


def measured(value: Any, word: Any) -> float:
    """An amount in the unit that a word names, in the unit of its code."""
    factor = unit_of(word).factor
    if factor == 1 and value.__class__ is float:
        return float(value)
    return float(as_decimal(value) * factor)


def counted(value: Any, word: Any) -> float:
    """The way back of `measured`."""
    return float(as_decimal(value) / unit_of(word).factor)


def spell(value: Any) -> str:
    """A number's text without exponent and without zeros that say nothing."""
    return plain_number(as_decimal(value))
