"""Kept: a connection's service runs while operators want it to, and tells how it is doing.

A wish that changes is an orderly stop: what is in hand is finished and committed, the group is
left, and the next start reads on from there. Must not know what the service does.
"""

from __future__ import annotations

import asyncio
import copy
import os
import platform
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tracehub.app.edges import Edges
from tracehub.bus.port import Bus
from tracehub.connect.port import Collector, Connector, Delivery, Page, Receipt
from tracehub.errors import RetryError
from tracehub.services.standing import PAUSED, RUNNING, Standing
from tracehub.services.waiting import pause
from tracehub.services.wishes import DRAIN, RESTART, RUN, Wishes

Work = Callable[[Edges, Standing], Awaitable[None]]
_LOOK_EVERY_S: Final = 0.5
_TELL_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Noting:
    """A connector whose last failure is noted."""

    connector: Connector
    standing: Standing
    edges: Edges

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Hand over; one receipt per event."""
        try:
            receipts = await self.connector.deliver(events)
        except RetryError as error:
            self.standing.failed(error.text, self.edges.clock.now_ms())
            raise
        for each in receipts:
            if each.status in {"retry", "refused"}:
                self.standing.failed(each.text or each.code, self.edges.clock.now_ms())
        return receipts


@dataclass(frozen=True, slots=True)
class NotingPages:
    """A collector whose last failure is noted, and whether anything more waits in its system."""

    collector: Collector
    standing: Standing
    edges: Edges

    async def collect(self, cursor: str) -> Page:
        """The page after a cursor; how many more wait is known when there is none."""
        try:
            page = await self.collector.collect(cursor)
        except RetryError as error:
            self.standing.failed(error.text, self.edges.clock.now_ms())
            self.standing.lag = None
            raise
        self.standing.lag = None if page.records else 0
        return page


@dataclass(slots=True)
class Kept:
    """One service of one connection in this process."""

    standing: Standing
    wishes: Wishes
    bus: Bus
    edges: Edges
    _drained_at: int = 0

    async def run(self, work: Work) -> None:
        """Run `work` whenever it is wanted, until `edges.stopping`."""
        telling = asyncio.create_task(self._tell())
        try:
            while not self.edges.stopping.is_set():
                if self._wanted():
                    await self._once(work)
                else:
                    self.standing.state = PAUSED
                    await self._look_again()
        finally:
            telling.cancel()
            await asyncio.wait({telling})
        await self.bus.publish([self.standing.gone()])

    async def _once(self, work: Work) -> None:
        """One start, until the wish changes."""
        part = copy.copy(self.edges)
        part.stopping = asyncio.Event()
        self.standing.state = RUNNING
        self.standing.lag = None
        watching = asyncio.create_task(self._watch(part.stopping))
        try:
            await work(part, self.standing)
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch(self, stopping: asyncio.Event) -> None:
        begun = self.wishes.of(self.standing.connection).at
        while self._wanted() and not self.edges.stopping.is_set():
            wish = self.wishes.of(self.standing.connection)
            if wish.what == RESTART and wish.at != begun:
                break
            if wish.what == DRAIN and self.standing.lag == 0:
                self._drained_at = wish.at
            await self._look_again()
        stopping.set()

    def _wanted(self) -> bool:
        wish = self.wishes.of(self.standing.connection)
        return wish.what in {RUN, RESTART} or (wish.what == DRAIN and wish.at != self._drained_at)

    async def _look_again(self) -> None:
        """Wait a little, or until the process stops."""
        await pause(self.edges.clock, _LOOK_EVERY_S, self.edges.stopping)

    async def _tell(self) -> None:
        """Tell the standing at once when the state changes, else every few seconds."""
        told, told_at_s = "", 0.0
        while True:
            now_s = self.edges.clock.monotonic_s()
            if told != self.standing.state or now_s - told_at_s >= _TELL_EVERY_S:
                told, told_at_s = self.standing.state, now_s
                try:
                    await self.bus.publish([self.standing.record(self.edges.clock.now_ms())])
                except RetryError as error:
                    self.edges.log.warning("standing_delayed", error=error.text)
            await self.edges.clock.sleep(_LOOK_EVERY_S)


async def follow(wishes: Wishes, edges: Edges) -> None:
    """Look for new wishes until cancelled."""
    while True:
        await edges.clock.sleep(_LOOK_EVERY_S)
        try:
            await wishes.look()
        except RetryError as error:
            edges.log.warning("wishes_delayed", error=error.text)


def member() -> str:
    """The name of this process among those that serve a connection."""
    return f"{platform.node()}/{os.getpid()}"
