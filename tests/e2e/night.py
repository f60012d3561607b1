"""The worst night: a hub among systems, and everything that can be wrong with it, one by one.

Each fault is a block: it is caused where the block begins, and repaired where it ends.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import (
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2

from tests.e2e.hubs import BAD, GOOD, again
from tests.e2e.test_gateway import JSON, document
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.bus.sqlite_rows import unpack
from tracehub.clock import SystemClock
from tracehub.model.facts import facts_of
from tracehub.model.record import Record
from tracehub.services.connections import status
from tracehub.services.wishes import PAUSE, RUN, Wishes, publish_wish
from tracehub.telemetry.log import silent
from tracehub.testing.processes import HUB, Member
from tracehub.testing.proxy import OPEN, Link, Proxy
from tracehub.testing.systems import Fault, System

RECEIVERS: Final = ("central/down", "central/refusing", "central/slow", "central/cut")
FULL = 64 * 1024
"""No file of the process may grow beyond: its log's journal is longer."""
LARGE, MANY = 250_000, 110
"""Bytes of a document that waits for the log, and how many of them do."""


@dataclass(slots=True)
class Night:
    """The hub under test, its log opened by somebody else too, and the systems around it."""

    folder: Path
    settings_file: Path
    gateway: str
    bus: Bus
    systems: dict[str, System]
    links: dict[str, Proxy]
    hub: Member = field(init=False)
    published: int = 0

    def __post_init__(self) -> None:
        services = (*HUB, "exchange", "gateway")
        self.hub = Member(self.settings_file, "deliver", self.folder / "hub.log", services)

    async def traffic(self) -> None:
        """One document after the other at the gateway, whatever it answers."""
        key = {"x-api-key": GOOD}
        async with httpx2.AsyncClient(base_url=self.gateway, timeout=20, trust_env=False) as client:
            while True:
                self.published += 1
                with suppress(httpx2.TransportError):
                    await client.post(
                        "/capture", content=document(self.published), headers={**key, **JSON}
                    )
                await asyncio.sleep(0.2)

    @asynccontextmanager
    async def no_answer(self) -> AsyncIterator[None]:
        """A system is out of order."""
        self.systems["central/down"].faults.set(Fault(mode="status", status=503))
        yield
        self.systems["central/down"].faults.set(Fault())

    @asynccontextmanager
    async def refusals(self) -> AsyncIterator[None]:
        """A system refuses what it is sent."""
        self.systems["central/refusing"].faults.set(Fault(mode="refuse"))
        yield
        self.systems["central/refusing"].faults.set(Fault())

    @asynccontextmanager
    async def slow_line(self) -> AsyncIterator[None]:
        """Whatever is sent to a system takes its time on the way there and back."""
        self.links["central/slow"].set(Link("slow", 1.5, 0.0))
        yield
        self.links["central/slow"].set(OPEN)

    @asynccontextmanager
    async def bad_records(self) -> AsyncIterator[None]:
        """A publisher sends what can't be read."""
        bad = Record(topics.raw("food", BAD), b"k", b"{")
        async with again(lambda: self.bus.publish([bad] * 6)):
            yield

    @asynccontextmanager
    async def full_disk(self) -> AsyncIterator[None]:
        """The hub's log can't grow, then it can for a while, again and again."""
        good = Record(topics.raw("food", GOOD), b"k", document(0))

        async def fill() -> None:
            for limit, seconds in ((FULL, 2.5), (resource.RLIM_INFINITY, 0.5)):
                self._allow(limit)
                for _ in range(int(seconds / 0.1)):
                    await self.bus.publish([good])
                    await asyncio.sleep(0.1)

        async with again(fill):
            yield
        self._allow(resource.RLIM_INFINITY)

    def _allow(self, size: int) -> None:
        limits = (size, resource.RLIM_INFINITY)
        resource.prlimit(self.hub.running.pid, resource.RLIMIT_FSIZE, limits)

    @asynccontextmanager
    async def slow_log(self) -> AsyncIterator[None]:
        """Somebody holds the log's file, and publishers go on sending."""
        log = sqlite3.connect(self.folder / "hub.db", isolation_level=None, timeout=20)
        async with AsyncExitStack() as sending:
            log.execute("BEGIN IMMEDIATE")
            for number in range(MANY):
                await sending.enter_async_context(again(partial(self._large, number)))
            yield
        log.execute("ROLLBACK")
        log.close()

    async def _large(self, number: int) -> None:
        """One document that is as long as a document may be, and what the gateway says of it."""
        text = json.dumps({"number": number, "text": "x" * LARGE})
        head = {
            "host": "hub",
            "x-api-key": BAD,
            "gs1-capture-error-behaviour": "proceed",
            "content-type": "application/json",
            "content-length": str(len(text)),
            "connection": "close",
        }
        lines = ["POST /capture HTTP/1.1", *(f"{name}: {each}" for name, each in head.items())]
        url = urlsplit(self.gateway)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        try:
            writer.write(("\r\n".join(lines) + "\r\n\r\n" + text).encode())
            await reader.read()
        finally:
            writer.close()

    async def lose(self) -> tuple[str, int]:
        """Take an acknowledged record from the log; the raw topic and offset it came from."""
        connection = RECEIVERS[3]
        topic = topics.deliver(connection)
        await self._wish(connection, PAUSE, "PAUSED")
        (had,) = await self.bus.ends(topic)
        while (await self.bus.ends(topic))[0] < had + 2:
            await asyncio.sleep(0.05)
        with sqlite3.connect(self.folder / "hub.db", isolation_level=None, timeout=20) as log:
            rows = "FROM batch WHERE topic = ? AND base >= ? ORDER BY base LIMIT 1"
            base, at, blob = log.execute(
                f"SELECT base, appended_at, records {rows}", (topic, had)
            ).fetchone()
            log.execute("DELETE FROM batch WHERE topic = ? AND base = ?", (topic, base))
        log.close()
        lost = next(iter(unpack(blob, topic, 0, base, at)))
        await self._wish(connection, RUN, "RUNNING")
        facts = facts_of(lost.headers)
        return facts.position.topic, facts.position.offset

    async def _wish(self, connection: str, what: str, state: str) -> None:
        await publish_wish(self.bus, connection, what, "operator", SystemClock())
        wishes = Wishes(self.bus, silent())
        while True:
            await wishes.look()
            told = dict(await status(self.bus, wishes, connection, silent()))
            if told["connector"]["state"] == state:
                return
            await asyncio.sleep(0.05)

    async def set_back(self, topic: str, offset: int) -> None:
        """What the runbook says of a gap: the exchange starts again before what is missing."""
        await self.hub.end()
        with sqlite3.connect(self.folder / "hub.db", isolation_level=None, timeout=20) as log:
            log.execute(
                "UPDATE committed SET next = ? WHERE grp = 'exchange' AND topic = ?",
                (offset, topic),
            )
        log.close()
        await self.hub.start()
