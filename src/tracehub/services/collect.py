"""Collect: ask a system that cannot push, and publish what it hands over as raw records.

The cursor is saved only after the records are acknowledged: a crash repeats a page, and repeats
are harmless by effect key. Must not know how the system is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.clock import Clock
from tracehub.connect.port import Collector, Page
from tracehub.errors import RetryError
from tracehub.model.record import Record
from tracehub.services.waiting import pause, whole
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import Logger


@dataclass(slots=True)
class Collect:
    """One connection's loop: ask, publish, save the cursor, wait."""

    connection: str
    categories: tuple[str, ...]
    collector: Collector
    bus: Bus
    clock: Clock
    every_s: float
    backoff: Callable[[int], float]
    log: Logger
    pulse: Pulse
    stopping: asyncio.Event

    async def run(self) -> None:
        """Collect until stopped."""
        cursor = await self._saved_cursor()
        self.pulse.ready = True
        failures = 0
        while not self.stopping.is_set():
            try:
                page = await self.collector.collect(cursor)
                await self._publish(page)
            except RetryError as error:
                failures += 1
                self.log.warning("collect_failed", error=error.text, failures=failures)
                delay_s = max(error.after_s, self.backoff(failures))
                await pause(self.clock, delay_s, self.stopping)
                continue
            failures = 0
            if page.cursor == cursor:
                await pause(self.clock, self.every_s, self.stopping)
            cursor = page.cursor

    async def _publish(self, page: Page) -> None:
        for each in page.records:
            if each.category not in self.categories:
                raise RetryError(
                    f"{self.connection} handed over a record of category {each.category!r}, which "
                    "it does not list; add the category to the connection and start again"
                )
        await self.bus.publish(
            [
                Record(topics.raw(each.category, self.connection), each.key, each.value)
                for each in page.records
            ]
        )
        if page.records:
            topic = topics.state_collect(self.connection)
            cursor = Record(topic, self.connection.encode(), page.cursor.encode())
            await self.bus.publish([cursor])

    async def _saved_cursor(self) -> str:
        saved = ""
        async for received in whole(self.bus, topics.state_collect(self.connection)):
            saved = received.value.decode()
        return saved
