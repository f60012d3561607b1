"""A connection that is collected from tells its last error, is drained, and is started anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tracehub.app import Edges, judgement, open_bus, topic_specs
from tracehub.app.connections import serve_connections
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.clock import SystemClock
from tracehub.services.connections import status
from tracehub.services.wishes import DRAIN, PAUSE, RESTART, RUN, Wishes, publish_wish
from tracehub.settings import SecretReference, Settings
from tracehub.telemetry.log import silent
from tracehub.testing.systems import Fault, Ledger, System, running, secret_of, simulated
from tracehub.testing.systems.dialect import BatchDialect

LAB = "inspection/lab"
RAW = topics.raw("food", LAB)


def settings_of(url: str, token: Path) -> Settings:
    lab = {
        "direction": "in",
        "categories": ["food"],
        "url": url,
        "collect_every_s": 0.05,
        "secrets": {"token": SecretReference(file=token)},
    }
    bus = {"engine": "sqlite", "path": str(token.with_name("hub.db")), "partitions": 1}
    return Settings.model_validate({"bus": bus, "connections": {LAB: lab}})


async def told(bus: Bus, state: str, **wanted: Any) -> dict[str, Any]:
    """The status, once it is as wanted."""
    wishes = Wishes(bus, silent())
    while True:
        await wishes.look()
        found = dict(await status(bus, wishes, LAB, silent()))
        tasks = found["tasks"]
        if found["connector"]["state"] == state and all(
            tasks and wanted[name] in str(tasks[0][name]) for name in wanted
        ):
            return found
        await asyncio.sleep(0.05)


class Hub(NamedTuple):
    """A hub that collects from one laboratory."""

    bus: Bus
    system: System
    ledger: Ledger
    token: Path

    async def ask(self, what: str) -> None:
        await publish_wish(self.bus, LAB, what, "tester", SystemClock())

    def publish(self, count: int) -> None:
        self.ledger.publish(LAB, [b"{}"] * count)

    async def collected(self, count: int) -> None:
        while sum(await self.bus.ends(RAW)) < count:
            await asyncio.sleep(0.02)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    token = tmp_path / "token"
    token.write_text(secret_of(LAB), "utf-8")
    edges = Edges(silent())
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        system = simulated(LAB, ledger)
        async with running(system) as url:
            settings = settings_of(url, token)
            judged = judgement(settings)
            async with open_bus(settings, edges.clock) as bus:
                await bus.ensure(topic_specs(settings))
                served = [judged.connections[LAB]]
                work = serve_connections(settings, ["collect"], judged, served, bus, edges)
                serving = asyncio.create_task(work)
                yield Hub(bus, system, ledger, token)
                edges.stopping.set()
                await serving


async def test_collecting_when_its_system_fails_tells_so_and_when_drained_takes_what_waits(
    hub: Hub,
) -> None:
    assert (await told(hub.bus, "RUNNING", lag="0"))["lag"] == 0
    hub.system.faults.set(Fault(mode="status", status=503))
    assert (await told(hub.bus, "RUNNING", error="503"))["lag"] is None
    await hub.ask(PAUSE)
    await told(hub.bus, "PAUSED")
    hub.system.faults.set(Fault())
    hub.publish(450)
    await hub.ask(DRAIN)
    await hub.collected(450)
    await told(hub.bus, "PAUSED", lag="0")  # of the pause before it was not known
    hub.publish(1)
    await asyncio.sleep(1)
    assert await hub.bus.ends(RAW) == (450,)
    await hub.ask(RUN)
    await hub.collected(451)


async def test_collecting_when_started_anew_reads_its_secrets_again(hub: Hub) -> None:
    hub.system.dialect = BatchDialect("another-of-this-test", "/reports")
    hub.publish(1)
    await told(hub.bus, "RUNNING", error="401")
    hub.token.write_text("another-of-this-test", "utf-8")
    await hub.ask(RESTART)
    await hub.collected(1)
