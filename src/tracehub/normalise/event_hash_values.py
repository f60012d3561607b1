"""How single values are spelled for the event hash: identifiers, instants, numbers, vocabulary.

Must not know the order of an event's properties.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from tracehub.codes import recognise
from tracehub.model.instant import utc
from tracehub.normalise.times import instant as read_instant
from tracehub.remember import remembered

_CBV: Final = "https://ref.gs1.org/cbv/"
_GS1: Final = "https://gs1.org/voc/"
_HOMES: Final = {
    "biz_step": _CBV + "BizStep-",
    "disposition": _CBV + "Disp-",
    "transaction": _CBV + "BTT-",
    "source_destination": _CBV + "SDT-",
    "component": _CBV + "Comp-",
    "measurement": _GS1,
    "alert": _GS1,
}
_MEMORY: Final = 16_384
_LONGEST: Final = 1000
"""Digits; a longer number stays as it is written."""
Number: TypeAlias = Callable[[Any], str]
"""How a version spells a number."""


@remembered(_MEMORY)
def identifier(text: str) -> str:
    """A GS1 key as its canonical Digital Link on id.gs1.org; any other text as it is."""
    if text.startswith(("urn:epc:", "http")):
        code = recognise.product(text)
        return text if code.scheme == "opaque" else code.uri
    return text


@remembered(_MEMORY)
def instant(text: str) -> str:
    """A time in UTC with milliseconds, rounded half up at the fourth digit."""
    found = read_instant(text)
    if found.rule is not None:
        return text
    return utc(found.ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def by_double(value: Any) -> str:
    """A number without trailing zeros: 26.0 is `26`. Text is read as a double (CBV 2.0).

    Raises:
        ValueError, OverflowError: it is no number.
    """
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def by_decimal(value: Any) -> str:
    """A number without trailing zeros, exponent or loss (CBV 2.1).

    Raises:
        ValueError: it is no number.
    """
    try:
        found = Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        raise ValueError("no number") from None
    if not found.is_finite() or abs(found.adjusted()) > _LONGEST:
        raise ValueError("no number of ordinary size")
    if found == found.to_integral_value():
        return str(int(found))
    return format(found.normalize(), "f")


def free(value: Any, number: Number) -> str:
    """A value of a user's own: a number or a GS1 key is respelled wherever it stands."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    text = str(value).strip()
    if text[:1] in "+-.0123456789" and text.isascii():
        try:
            return number(text)
        except (ValueError, OverflowError):
            return text
    return identifier(text)


def vocabulary(kind: str, value: str) -> str:
    """A bare standard value as its Web URI; a value that is a URI or a CURIE as it is."""
    return value if ":" in value else _HOMES[kind] + value
