"""Instants: milliseconds since the epoch, as people read them.

Must not know what time it is: that is `tracehub.clock`'s.
"""

from __future__ import annotations

from datetime import UTC, datetime


def utc(instant_ms: int) -> datetime:
    """An instant in milliseconds as an aware UTC datetime."""
    return datetime.fromtimestamp(instant_ms / 1000, tz=UTC)
