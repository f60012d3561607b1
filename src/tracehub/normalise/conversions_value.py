"""What a conversion is given: text or a number, or a reason why it is neither.

Must not know which conversions there are.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

_LARGEST: Final = 30
"""Digits before or zeros behind the point; more is no measure of anything."""
_SMALL: Final = 1e-29
_GREAT: Final = 1e29
"""Between these a number is of ordinary size beyond doubt."""
_NAMES: Final = {
    dict: "an object",
    list: "a list",
    tuple: "a list",
    bool: "a truth value",
    str: "text",
}


def unfit(expected: str, value: Any) -> ValueError:
    """The error for a value of another type."""
    return ValueError(f"expected {expected}, found {_NAMES.get(type(value), 'a number')}")


def as_text(value: Any) -> str:
    """A value that must be text."""
    if isinstance(value, str):
        return value
    raise unfit("text", value)


def as_decimal(value: Any) -> Decimal:
    """A value that must be a number, or the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise unfit("a number", value)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("expected a number such as 12.5") from None
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST:
        raise ValueError("expected a number of ordinary size")
    return number


def as_number(value: Any) -> float:
    """As `as_decimal`, the double nearest to it."""
    if value.__class__ is str:
        try:
            number = float(value)
        except ValueError:
            return float(as_decimal(value))
        if _SMALL <= abs(number) <= _GREAT or not number:
            return number
    return float(as_decimal(value))


def plain_number(number: Decimal) -> str:
    """A number's text without exponent and without zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
