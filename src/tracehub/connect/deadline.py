"""Deadline: no wait without an end, measured by the `Clock`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracehub.clock import Clock


@asynccontextmanager
async def deadline(clock: Clock, limit_s: float) -> AsyncIterator[None]:
    """Cancel the body when it takes longer than `limit_s` seconds.

    Raises:
        TimeoutError: the body was cancelled for that reason.
    """
    async with asyncio.timeout(None) as scope:
        alarm = asyncio.create_task(_ring(clock, limit_s, scope))
        try:
            yield
        finally:
            alarm.cancel()


async def _ring(clock: Clock, limit_s: float, scope: asyncio.Timeout) -> None:
    await clock.sleep(limit_s)
    scope.reschedule(asyncio.get_running_loop().time())
