"""The only door to time. Nothing else reads a clock or sleeps.

Must not know what the time is used for.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Wall time for people, monotonic time for deadlines, and a way to wait."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, delay_s: float) -> None:
        """Wait `delay_s` seconds."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        """Wait `delay_s` seconds."""
        await asyncio.sleep(delay_s)


class Cpu(NamedTuple):
    """Seconds of processor time since the start."""

    thread_s: float
    process_s: float


def cpu() -> Cpu:
    """What the thread that asks and the whole process have had."""
    return Cpu(time.thread_time(), time.process_time())
