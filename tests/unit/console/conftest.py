"""A console over a log of its own: two publishers, one receiver, an index, what was refused."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI

from tracehub.app import Edges, Judgement, exchange_stage, judgement, topic_specs
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.console import (
    Address,
    Desk,
    Grant,
    Lookout,
    OpenLogin,
    Register,
    Sessions,
    application,
)
from tracehub.console.session import COOKIE, Session
from tracehub.errors import RejectError
from tracehub.index import SqliteIndex
from tracehub.model.record import Received, Record, records_of
from tracehub.services.dead_letter import Writer
from tracehub.services.index import Indexing
from tracehub.services.story import Stories, Today
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.clock import ManualClock

ROOT = Path(__file__).parents[3]
NOW = 1_790_000_000_000
ID = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001"
REFUSED_ID = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f002"
ZHEJIANG, GUANGDONG, NATIONAL = "provincial/zhejiang", "provincial/guangdong", "central/national"
SETTINGS: dict[str, Any] = {
    "bus": {"engine": "sqlite", "partitions": 1},
    "connections": {
        NATIONAL: {"tier": "central", "region": "000000", "direction": "out"},
        ZHEJIANG: {"tier": "province", "region": "330000", "categories": ["food"]},
        GUANGDONG: {"tier": "province", "region": "440000", "categories": ["food"]},
    },
}
METRICS = """# HELP tracehub_events_total x
tracehub_events_total{category="food",connection="provincial/zhejiang",verdict="accept"} 41.0
tracehub_events_total{category="food",connection="provincial/zhejiang",verdict="quarantine"} 3.0
tracehub_deliveries_total{connection="provincial/guangdong",status="delivered"} 17.0
tracehub_lag_records{topic="deliver.provincial.guangdong"} 12345.0
tracehub_connection_state{connection="provincial/guangdong",state="open"} 1.0
"""


class Browser:
    """A client with one person's session, who reads forms as a browser would."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, seen: str, **fields: Any) -> httpx2.Response:
        """Send a form with the token of the page that was seen."""
        found = re.search(r'name="token" value="(\w+)"', seen)
        assert found is not None
        return await self.client.post(path, data={"token": found[1], **fields})


class House(NamedTuple):
    """The console and what is behind it."""

    app: FastAPI
    sessions: Sessions
    bus: Bus
    desk: Desk
    judged: Judgement

    def browser(self, grant: Grant | None = None, name: str = "li.wei") -> Browser:
        """Somebody's browser; without a grant nobody has logged in yet."""
        cookies = {}
        if grant is not None:
            session = Session(f"id of {name}", name, grant, NOW + 10_000)
            cookies[COOKIE] = self.sessions.cookie(session)
        transport = httpx2.ASGITransport(self.app)
        client = httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", cookies=cookies
        )
        return Browser(client)


@cache
def _judgement(tree: str) -> tuple[Settings, Judgement]:
    """Settings and what is judged by, which no console changes."""
    settings = Settings.model_validate_json(tree)
    return settings, judgement(settings)


Happened = Callable[[Settings, Judgement, Bus, SqliteIndex], Awaitable[None]]


@asynccontextmanager
async def opened(
    folder: Path, tree: dict[str, Any], happened: Happened, metrics: str
) -> AsyncIterator[House]:
    """A console over a log of its own, on which something has happened."""
    settings, judged = _judgement(json.dumps(tree))
    clock, numbers = ManualClock(NOW), count()

    async def texts() -> Sequence[str]:
        return [metrics]

    async with (
        SqliteBus.open(folder / "hub.db", clock=SystemClock()) as bus,
        SqliteIndex.open(folder / "index.db") as index,
    ):
        await bus.ensure(topic_specs(settings))
        await happened(settings, judged, bus, index)
        today = Today(bus, judged.normaliser, judged.table, judged.connections)
        lookout = Lookout(bus, judged.catalogue, tuple(judged.connections), texts, clock, silent())
        register = Register(bus, clock)
        desk = Desk(Stories(index), lookout, judged.connections, today, register)
        sessions = Sessions(b"a key of this test only")
        login = OpenLogin(clock, lambda: f"chance-{next(numbers)}")
        app = application(desk, login, sessions, "0badcafe", Address(("localhost",)))
        yield House(app, sessions, bus, desk, judged)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, SETTINGS, _happened, METRICS) as found:
        yield found


async def judged_by_the_exchange(
    settings: Settings, judged: Judgement, bus: Bus, topic: str
) -> list[Record]:
    """All of a raw topic, judged; what comes of it is on the log."""
    exchange = exchange_stage(settings, judged, bus, Edges(silent()))
    await exchange.switches.editions.look()
    batch = await bus.read(topic, 0, 0, 10)
    settled = await exchange.stage(batch)
    await bus.publish_placed(settled.placed)
    return [*records_of(settled.placed)]


async def indexed(judged: Judgement, bus: Bus, index: SqliteIndex, *names: str) -> None:
    """Enter what topics hold."""
    clock = ManualClock(NOW)
    indexing = Indexing(index, judged.codec, judged.normaliser, judged.connections, clock, 3650)
    for topic in names:
        await indexing.stage(await bus.read(topic, 0, 0, 10))


async def _happened(settings: Settings, judged: Judgement, bus: Bus, index: SqliteIndex) -> None:
    """One event was taken and delivered, one was refused; all of it is on the log and indexed."""
    good = (ROOT / "docs/examples/first-event.json").read_bytes()
    broken = (ROOT / "docs/examples/broken-event.json").read_bytes()
    raw = "raw.food.provincial.zhejiang"
    await bus.publish([Record(raw, b"", each, (), 0) for each in (good, broken)])
    records = await judged_by_the_exchange(settings, judged, bus, raw)
    letters = Writer(judged.catalogue, "deliver", judged.version)
    (sent,) = [each for each in records if each.topic == "deliver.provincial.guangdong"]
    delivery = Received(sent.topic, sent.key, sent.value, sent.headers, 0, 0, NOW)
    no = RejectError("receiver/refused", "CANARY the receiver says no")
    refused = letters.record(delivery, no, connection=GUANGDONG, first_at=NOW, last_at=NOW)
    await bus.publish([refused])
    names = map(topics.dead_letter, (ZHEJIANG, GUANGDONG))
    await indexed(judged, bus, index, "event.food", *names)


def first_event() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/examples/first-event.json").read_text("utf-8"))
    return found
