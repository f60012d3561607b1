"""The closed list of conversions that a mapping may name, each one pure function of one value.

A conversion that can't be made raises ValueError with the reason; one that answers None says that
the value stands for nothing. Must not know paths, documents or mappings.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from tracehub.codes import drug
from tracehub.normalise import conversions_time as times
from tracehub.normalise import region_names, units
from tracehub.normalise.conversions_value import as_decimal, as_number, as_text, plain_number, unfit
from tracehub.remember import remembered

Conversion: TypeAlias = Callable[[Any], Any]

_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_GUID_URN: Final = "urn:uuid:"
_CODE: Final = "urn:tracehub:code:"
_REGION: Final = re.compile(r"\d{6}", re.ASCII)
_GTIN_LENGTHS: Final = (8, 12, 13, 14)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SHORT: Final = 64
"""So long is a text that is worth remembering."""
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]*")


def _guid_to_urn(value: Any) -> str:
    text = as_text(value)
    if _GUID.fullmatch(text):
        return _GUID_URN + text
    text = text.strip().strip("{}").lower().removeprefix(_GUID_URN)
    if not _GUID.fullmatch(text):
        raise ValueError("expected a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    return _GUID_URN + text


def _to_guid(value: Any) -> str:
    """The GUID in a `urn:uuid:`; of any other id one derived from its text (RFC 9562 version 8)."""
    text = as_text(value)
    given = text.lower().removeprefix(_GUID_URN)
    if _GUID.fullmatch(given):
        return given
    digest = hashlib.sha256(text.encode()).hexdigest()
    variant = "89ab"[int(digest[16], 16) % 4]
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _region(value: Any) -> str:
    """Six digits of GB/T 2260; the 12 digits of a statistical code begin with them."""
    return _region_in(str(value) if type(value) is int else as_text(value))


@remembered(8192)
def _region_in(given: str) -> str:
    text = given.strip()
    if not _REGION.match(text) or not text.isdecimal() or len(text) not in {6, 12}:
        raise ValueError("expected a region of six digits (GB/T 2260)")
    return text[:6]


def _gtin14(value: Any) -> str:
    text = (str(value) if type(value) is int else as_text(value)).strip()
    if not (text.isascii() and text.isdecimal()) or len(text) not in _GTIN_LENGTHS:
        raise ValueError("expected a GTIN of 8, 12, 13 or 14 digits")
    return text.zfill(14)


def _code_to_uri(value: Any) -> str:
    """A URI as it is; 20 digits as a drug trace code; any other code under a name of ours."""
    text = _to_text(value).strip()
    if _URI.match(text):
        return text
    return drug.parse(text).uri if drug.looks_like(text) else f"{_CODE}{_percent(text)}"


def _first(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise unfit("a list", value)
    return value[0] if value else None


def _join(value: Any) -> str:
    if not isinstance(value, list | tuple):
        raise unfit("a list", value)
    return ",".join(as_text(each) for each in value)


def _percent(value: Any) -> str:
    text = _to_text(value)
    if _UNRESERVED.fullmatch(text):
        return text
    return _quoted(text)


@remembered(8192)
def _quoted(text: str) -> str:
    return quote(text, safe="")


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        raise unfit("one value", value)
    return plain_number(as_decimal(value))


class Pair(NamedTuple):
    """A conversion, and how what it made becomes again what it was given.

    `back` is None when nothing leads back, and `_nothing` when another field carries it.
    """

    there: Conversion
    back: Conversion | None = None


def _itself(value: Any) -> Any:
    return value


def _nothing(_: Any) -> None:
    """What is read from a field beside another: going back, that other fills the field."""


def _gtin13(value: Any) -> str:
    text = as_text(value)
    return text.removeprefix("0")


def _uri_to_code(value: Any) -> str:
    text = as_text(value)
    for prefix in (drug.PREFIX, _CODE):
        if text.startswith(prefix):
            return unquote(text.removeprefix(prefix))
    return text


def _scaled(unit: str) -> Pair:
    there, back = units.scale(unit)
    return Pair(there, back)


def _wall(form: str) -> Pair:
    return Pair(times.beijing_to_iso, times.wall_writer(form))


PAIRS: Final[Mapping[str, Pair]] = MappingProxyType(
    {
        "ms-to-iso": Pair(times.ms_to_iso, times.iso_to_ms),
        "iso-to-ms": Pair(times.iso_to_ms, times.ms_to_iso),
        "ms-to-beijing-time": Pair(times.ms_to_beijing, times.iso_to_ms),
        "beijing-time-to-iso": _wall("{0:%Y-%m-%d %H:%M:%S}"),
        "beijing-minute": _wall("{0:%Y-%m-%d %H:%M}"),
        "beijing-date": _wall("{0:%Y-%m-%d}"),
        "chinese-date": _wall("{0.year}年{0.month}月{0.day}日"),
        "chinese-minute": _wall("{0.year}年{0.month}月{0.day}日{0.hour}时{0.minute}分"),
        "compact-date": _wall("{0:%Y%m%d}"),
        "compact-second": _wall("{0:%Y%m%d%H%M%S}"),
        "zoned-time": Pair(times.beijing_to_iso, times.shortest),
        "zone": Pair(times.zone, _nothing),
        "date": Pair(times.day, _itself),
        "date-from-chinese": Pair(times.day, times.day_writer("{0.year}年{0.month}月{0.day}日")),
        "date-from-compact": Pair(times.day, times.day_writer("{0:%Y%m%d}")),
        "text": Pair(_to_text, _itself),
        "number": Pair(as_number, units.spell),
        "decimal-to-text": Pair(units.spell, lambda value: float(as_decimal(value))),
        "jin-to-kg": _scaled("斤"),
        "kg-to-jin": Pair(*reversed(units.scale("斤"))),
        "liang-to-kg": _scaled("两"),
        "ton-to-kg": _scaled("吨"),
        "gram-to-kg": _scaled("克"),
        "unit-code": Pair(units.code, units.word),
        "upper": Pair(lambda value: as_text(value).upper(), _itself),
        "lower": Pair(lambda value: as_text(value).lower(), _itself),
        "strip": Pair(lambda value: as_text(value).strip(), _itself),
        "drop-none": Pair(lambda value: None if value == "none" else value, _itself),
        "first": Pair(_first),
        "join": Pair(_join),
        "region": Pair(_region, _itself),
        "region-name": Pair(region_names.to_code, region_names.to_name),
        "region-to-name": Pair(region_names.to_name, region_names.to_code),
        "gtin-14": Pair(_gtin14, _itself),
        "gtin-13": Pair(_gtin14, _gtin13),
        "code-to-uri": Pair(_code_to_uri, _uri_to_code),
        "guid-to-urn": Pair(_guid_to_urn, lambda value: as_text(value).removeprefix(_GUID_URN)),
        "to-guid": Pair(_to_guid),
        "percent": Pair(_percent, lambda value: unquote(as_text(value))),
        "unpercent": Pair(lambda value: unquote(as_text(value)), _percent),
    }
)
"""Every conversion by name; `docs/mappings.md` shows what each does."""
CONVERSIONS: Final[Mapping[str, Conversion]] = MappingProxyType(
    {name: pair.there for name, pair in PAIRS.items()}
)

QUICK: Final[Mapping[str, tuple[Any, ...]]] = {
    **{name: (name,) for name in ("text", "strip", "upper", "lower")},
    "percent": ("percent", _quoted, _SHORT),
    "guid-to-urn": ("guid",),
    "code-to-uri": ("code",),
    "region": ("call", _region_in),
    "beijing-time-to-iso": ("call", times.read),
}
"""What some do to a text, in a word for engines, and what the word needs: `percent` a function for
texts of at most so many signs, `call` the function that is called with a text."""


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
