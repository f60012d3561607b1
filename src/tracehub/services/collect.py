"""Collect: ask a system that cannot push, and publish what it hands over as raw records.

The cursor is saved only after the records are acknowledged: a crash repeats a page, and repeats
are harmless by effect key. Of many processes one asks at a time: who owns the partition of
`state.collect.<connection>` that holds the cursor. Must not know how the system is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from tracehub.bus import topics
from tracehub.bus.partition import partition_for
from tracehub.bus.port import Bus, Subscription
from tracehub.clock import Clock
from tracehub.connect.port import Collector, Page
from tracehub.errors import FencedError, RetryError
from tracehub.model.record import Record
from tracehub.services.waiting import pause, whole
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import Logger

_LOOK_S: Final = 0.2
"""How long to wait before looking again whose turn it is."""


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
        """Collect until stopped, while the cursor's partition is ours; wait while it is not."""
        topic = topics.state_collect(self.connection)
        partition = partition_for(self.connection.encode(), len(await self.bus.ends(topic)))
        group = topics.collect_group(self.connection)
        async with self.bus.subscribe([topic], group=group) as turn, asyncio.TaskGroup() as tasks:
            self.pulse.ready = True
            tasks.create_task(_keep(turn))
            while not self.stopping.is_set():
                epoch = turn.epoch(topic, partition)
                if epoch >= 0:
                    await self._turn(partial(_ours, turn, topic, partition, epoch))
                else:
                    await pause(self.clock, _LOOK_S, self.stopping)
            turn.stop()

    async def _turn(self, ours: Callable[[], bool]) -> None:
        """Collect from the saved cursor on, until stopped or the turn is another's."""
        cursor = await self._saved_cursor()
        failures = 0
        while ours() and not self.stopping.is_set():
            try:
                page = await self.collector.collect(cursor)
                if not ours():
                    return
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


def _ours(turn: Subscription, topic: str, partition: int, epoch: int) -> bool:
    """Whether the partition has been ours since that assignment."""
    return turn.epoch(topic, partition) == epoch


async def _keep(turn: Subscription) -> None:
    """Stay in the group: take what the topic hands out, which is nothing but cursors."""
    async for batch in turn:
        with suppress(FencedError):
            await turn.commit(batch)
