"""Times in the forms that Chinese systems write, and back into each form.

Wall time without a zone is Beijing time (GB/T 7408; China keeps one zone). Must not know fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from tracehub.normalise.conversions_value import as_text, unfit
from tracehub.remember import remembered

_BEIJING: Final = timezone(timedelta(hours=8))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_WALL_TIME: Final = re.compile(
    r"(\d{4})[年/.-](\d{1,2})[月/.-](\d{1,2})日?"
    r"(?:[\sT]*(\d{1,2})[时点:](?:(\d{1,2})(?:[分:](?:(\d{1,2})秒?)?)?)?)?",
    re.ASCII,
)
_USUAL: Final = re.compile(r"\d{4}-\d\d-\d\d[ T](?:[01]\d|2[0-3]):\d\d:\d\d", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?", re.ASCII)
_OUT_OF_TIME: Final = "the instant lies outside the years 1 to 9999"
_MEMORY: Final = 8192


def _iso(instant: datetime) -> str:
    """ISO 8601 with milliseconds; UTC is written `Z`."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        raise ValueError("expected a time such as 2017-02-16T08:30:00+08:00") from None


def ms_to_iso(value: Any) -> str | None:
    """Milliseconds since 1970 as UTC; 0 is no instant."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise unfit("milliseconds since 1970", value)
    try:
        return _iso(_EPOCH + value * _MILLISECOND) if value else None
    except OverflowError:
        raise ValueError(_OUT_OF_TIME) from None


def ms_to_beijing(value: Any) -> str | None:
    """As `ms_to_iso`, with the offset of Beijing."""
    iso = ms_to_iso(value)
    try:
        return _iso(_instant(iso).astimezone(_BEIJING)) if iso else None
    except OverflowError:
        raise ValueError(_OUT_OF_TIME) from None


def iso_to_ms(value: Any) -> int:
    """A time with its offset as milliseconds since 1970."""
    instant = _instant(as_text(value))
    if instant.tzinfo is None:
        raise ValueError("the time has no offset; write +08:00 or Z behind it")
    return (instant - _EPOCH) // _MILLISECOND


def beijing_to_iso(value: Any) -> str:
    """Wall time in China, `2017-2-16 08:30` or `2017年2月16日`; or a time with its own offset."""
    return read(as_text(value))


@remembered(_MEMORY)
def read(given: str) -> str:
    """As `beijing_to_iso`, of a text."""
    text = given.strip()
    if _USUAL.fullmatch(text):
        try:
            datetime.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"no such date: {error}") from None
        return f"{text[:10]}T{text[11:]}.000+08:00"
    found = _WALL_TIME.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        instant = _instant(text)
        return _iso(instant if instant.tzinfo else instant.replace(tzinfo=_BEIJING))
    year, month, day_, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return _iso(datetime(year, month, day_, hour, minute, second, tzinfo=_BEIJING))
    except ValueError as error:
        raise ValueError(f"no such date: {error}") from None


def wall_writer(form: str) -> Callable[[Any], str]:
    """Writes an instant as wall time in China by a format that takes the time as `{0}`."""

    @remembered(_MEMORY)
    def write(text: str) -> str:
        instant = _instant(text)
        if instant.tzinfo is None:
            raise ValueError("the time has no offset; write +08:00 or Z behind it")
        return form.format(instant.astimezone(_BEIJING))

    return lambda value: write(as_text(value))


def shortest(value: Any) -> str:
    """ISO 8601 with its offset, without milliseconds that say nothing."""
    return as_text(value).replace(".000", "", 1)


def zone(value: Any) -> str:
    """The offset that a time carries, `+08:00` when it has none."""
    text = read(as_text(value))
    return "+00:00" if text.endswith("Z") else text[-6:]


def day(value: Any) -> str:
    """A date, however written, as `2017-02-16`."""
    return read(as_text(value))[:10]


def day_writer(form: str) -> Callable[[Any], str]:
    """Writes a date `2017-02-16` by a format that takes it as `{0}`."""

    def write(value: Any) -> str:
        try:
            return form.format(date.fromisoformat(as_text(value)))
        except ValueError:
            raise ValueError("expected a date such as 2017-02-16") from None

    return write
