"""Instants: milliseconds since the epoch, as people read them.

Must not know what time it is: that is `tracehub.clock`'s.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc(instant_ms: int) -> datetime:
    """An instant in milliseconds as an aware UTC datetime."""
    return _EPOCH + timedelta(milliseconds=instant_ms)
