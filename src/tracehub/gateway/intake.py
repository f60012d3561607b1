"""Intake: records of many requests, appended together; each learns where its own lies.

Bounded: what does not fit is refused at once, so that a slow log costs memory of nobody. Must not
know HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Final

from tracehub.bus.port import Bus
from tracehub.errors import TracehubError
from tracehub.model.record import Position, Record

MOST_WAITING: Final = 32 * 1024 * 1024
"""Bytes that may wait for the log."""


class FullError(TracehubError):
    """As much waits for the log as may wait; ask again later."""


class Intake:
    """One door to the bus for all requests of a process."""

    def __init__(self, bus: Bus, most_waiting: int = MOST_WAITING) -> None:
        self._bus = bus
        self._most = most_waiting
        self._waiting: list[tuple[Sequence[Record], asyncio.Future[Sequence[Position]]]] = []
        self._bytes = 0
        self._draining: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Bytes that wait for the log."""
        return self._bytes

    async def put(self, record: Record) -> Position:
        """Append a record; it is durable when this returns.

        Raises:
            FullError: too much waits already; nothing was appended.
            RetryError: the log did not acknowledge in time; it may be in the log.
        """
        (position,) = await self.put_all([record])
        return position

    async def put_all(self, records: Sequence[Record]) -> Sequence[Position]:
        """Append records together, as `put()` does one."""
        size = sum(len(each.value) for each in records)
        if self._bytes + size > self._most:
            raise FullError("the log is slower than the publishers; try again in a second")
        future: asyncio.Future[Sequence[Position]] = asyncio.get_running_loop().create_future()
        self._waiting.append((records, future))
        self._bytes += size
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        try:
            return await asyncio.shield(future)
        finally:
            self._bytes -= size

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        if self._draining is not None:
            await self._draining

    async def _drain(self) -> None:
        while self._waiting:
            work, self._waiting = self._waiting, []
            try:
                positions = await self._bus.append(
                    [each for records, _ in work for each in records]
                )
            except TracehubError as error:
                for _, future in work:
                    future.set_exception(error)
                    future.exception()  # whoever asked may have gone
            else:
                left = iter(positions)
                for records, future in work:
                    future.set_result(list(islice(left, len(records))))
