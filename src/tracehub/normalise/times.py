"""Times as text -> instants. Must not know which field they stand in, and reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from tracehub.normalise import rules_what as rules
from tracehub.normalise.rules import Rule
from tracehub.remember import remembered

_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00")


class Instant(NamedTuple):
    """What a text says about time.

    Attributes:
        ms: milliseconds since the epoch, UTC, rounded half up; 0 when it is no time.
        rule: what is wrong or was read in; None when nothing is.
    """

    ms: int
    rule: Rule | None = None


@remembered(8192)
def instant(text: str) -> Instant:
    """Read an ISO 8601 date and time with a zone (GS1 EPCIS 2.0 section 7.3, time)."""
    found = _TIME.fullmatch(text)
    if found is None:
        return Instant(0, rules.TIME_FORMAT)
    if found[2] is None:
        return Instant(0, rules.TIME_ZONE_MISSING)
    try:
        since = datetime.fromisoformat(text) - _EPOCH
    except (ValueError, OverflowError):
        return Instant(0, rules.TIME_FORMAT)
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return Instant((micros + 500) // 1000, rules.TIME_SHORT if found[1] is None else None)


@remembered(1024)
def is_offset(text: str) -> bool:
    """True for `+hh:mm` or `-hh:mm` up to 14 hours."""
    return _OFFSET.fullmatch(text) is not None
