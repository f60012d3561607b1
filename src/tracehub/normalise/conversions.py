"""The closed list of conversions that a mapping may name, each one pure function of one value.

A conversion that can't be made raises ValueError with the reason; one that answers None says that
the value stands for nothing. Must not know paths, documents or mappings.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote

from tracehub.codes import drug

Conversion: TypeAlias = Callable[[Any], Any]

_BEIJING: Final = timezone(timedelta(hours=8))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_WALL_TIME: Final = re.compile(
    r"(\d{4})[年/-](\d{1,2})[月/-](\d{1,2})日?"
    r"(?:[\sT]*(\d{1,2})[时点:](?:(\d{1,2})(?:[分:](?:(\d{1,2})秒?)?)?)?)?",
    re.ASCII,
)
_OUT_OF_TIME: Final = "the instant lies outside the years 1 to 9999"
_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_GUID_URN: Final = "urn:uuid:"
_REGION: Final = re.compile(r"\d{6}", re.ASCII)
_GTIN_LENGTHS: Final = (8, 12, 13, 14)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]*")
_LARGEST: Final = 30
"""Digits before or zeros behind the point; more is no measure of anything."""
_JIN_IN_KG: Final = Decimal("0.5")


def _unfit(expected: str, value: Any) -> ValueError:
    names = {dict: "an object", list: "a list", tuple: "a list", bool: "a truth value", str: "text"}
    return ValueError(f"expected {expected}, found {names.get(type(value), 'a number')}")


def _text(value: Any) -> str:
    """A value that must be text."""
    if isinstance(value, str):
        return value
    raise _unfit("text", value)


def _decimal(value: Any) -> Decimal:
    """A value that must be a number, or the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _unfit("a number", value)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("expected a number such as 12.5") from None
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST:
        raise ValueError("expected a number of ordinary size")
    return number


def _plain_number(number: Decimal) -> str:
    """A number's text without exponent and without zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _iso(instant: datetime) -> str:
    """ISO 8601 with milliseconds; UTC is written `Z`."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        raise ValueError("expected a time such as 2017-02-16T08:30:00+08:00") from None


def _ms_to_iso(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unfit("milliseconds since 1970", value)
    try:
        return _iso(_EPOCH + value * _MILLISECOND) if value else None
    except OverflowError:
        raise ValueError(_OUT_OF_TIME) from None


def _ms_to_beijing(value: Any) -> str | None:
    iso = _ms_to_iso(value)
    try:
        return _iso(_instant(iso).astimezone(_BEIJING)) if iso else None
    except OverflowError:
        raise ValueError(_OUT_OF_TIME) from None


def _iso_to_ms(value: Any) -> int:
    instant = _instant(_text(value))
    if instant.tzinfo is None:
        raise ValueError("the time has no offset; write +08:00 or Z behind it")
    return (instant - _EPOCH) // _MILLISECOND


def _beijing_to_iso(value: Any) -> str:
    """Wall time in China, `2017-2-16 08:30` or `2017年2月16日`; or a time with its own offset."""
    text = _text(value).strip()
    found = _WALL_TIME.fullmatch(text)
    if found is None:
        instant = _instant(text)
        return _iso(instant if instant.tzinfo else instant.replace(tzinfo=_BEIJING))
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return _iso(datetime(year, month, day, hour, minute, second, tzinfo=_BEIJING))
    except ValueError as error:
        raise ValueError(f"no such date: {error}") from None


def _guid_to_urn(value: Any) -> str:
    text = _text(value).strip().strip("{}").lower().removeprefix(_GUID_URN)
    if not _GUID.fullmatch(text):
        raise ValueError("expected a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    return _GUID_URN + text


def _to_guid(value: Any) -> str:
    """The GUID in a `urn:uuid:`; of any other id one derived from its text (RFC 9562 version 8)."""
    text = _text(value)
    given = text.lower().removeprefix(_GUID_URN)
    if _GUID.fullmatch(given):
        return given
    digest = hashlib.sha256(text.encode()).hexdigest()
    variant = "89ab"[int(digest[16], 16) % 4]
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _region(value: Any) -> str:
    """Six digits of GB/T 2260; the 12 digits of a statistical code begin with them."""
    text = (str(value) if type(value) is int else _text(value)).strip()
    if not _REGION.match(text) or not text.isdecimal() or len(text) not in {6, 12}:
        raise ValueError("expected a region of six digits (GB/T 2260)")
    return text[:6]


def _gtin14(value: Any) -> str:
    text = (str(value) if type(value) is int else _text(value)).strip()
    if not (text.isascii() and text.isdecimal()) or len(text) not in _GTIN_LENGTHS:
        raise ValueError("expected a GTIN of 8, 12, 13 or 14 digits")
    return text.zfill(14)


def _code_to_uri(value: Any) -> str:
    """A URI as it is; 20 digits as a drug trace code; any other code under a name of ours."""
    text = _to_text(value).strip()
    if _URI.match(text):
        return text
    return drug.parse(text).uri if drug.looks_like(text) else f"urn:tracehub:code:{_percent(text)}"


def _first(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise _unfit("a list", value)
    return value[0] if value else None


def _join(value: Any) -> str:
    if not isinstance(value, list | tuple):
        raise _unfit("a list", value)
    return ",".join(_text(each) for each in value)


def _percent(value: Any) -> str:
    text = _to_text(value)
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        raise _unfit("one value", value)
    return _plain_number(_decimal(value))


CONVERSIONS: Final[Mapping[str, Conversion]] = MappingProxyType(
    {
        "ms-to-iso": _ms_to_iso,
        "iso-to-ms": _iso_to_ms,
        "ms-to-beijing-time": _ms_to_beijing,
        "beijing-time-to-iso": _beijing_to_iso,
        "text": _to_text,
        "number": lambda value: float(_decimal(value)),
        "decimal-to-text": lambda value: _plain_number(_decimal(value)),
        "jin-to-kg": lambda value: float(_decimal(value) * _JIN_IN_KG),
        "kg-to-jin": lambda value: float(_decimal(value) / _JIN_IN_KG),
        "upper": lambda value: _text(value).upper(),
        "lower": lambda value: _text(value).lower(),
        "strip": lambda value: _text(value).strip(),
        "drop-none": lambda value: None if value == "none" else value,
        "first": _first,
        "join": _join,
        "region": _region,
        "gtin-14": _gtin14,
        "code-to-uri": _code_to_uri,
        "guid-to-urn": _guid_to_urn,
        "to-guid": _to_guid,
        "percent": _percent,
        "unpercent": lambda value: unquote(_text(value)),
    }
)
"""Every conversion by name; `docs/mappings.md` shows what each does."""


def chain(conversions: Sequence[Conversion]) -> Conversion | None:
    """Several conversions as one; a value that one takes for nothing is not given to the next."""
    if len(conversions) <= 1:
        return conversions[0] if conversions else None

    def convert(value: Any) -> Any:
        for each in conversions:
            value = each(value)
            if value is None:
                return None
        return value

    return convert
