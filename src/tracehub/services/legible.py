"""Legible: what services read back from the hub's own topics.

Whoever may write there may write anything; a record that is none of ours must not hide the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tracehub.errors import RejectError
from tracehub.model.record import Received
from tracehub.telemetry.log import Logger

T = TypeVar("T")


def legible(received: Received, read: Callable[[bytes], T], log: Logger) -> T | None:
    """What a record says; None when it can't be read, which is logged with its place."""
    try:
        return read(received.value)
    except (ValueError, RejectError) as error:
        reason = str(error).partition("\n")[0]
        log.warning("record_passed_over", position=str(received.position), reason=reason)
        return None
