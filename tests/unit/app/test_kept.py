"""A connection that is collected from tells its last error, is drained, and is started anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tracehub.app import Edges, judgement, open_bus, topic_specs
from tracehub.app.connections import serve_connections
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.clock import SystemClock
from tracehub.services.connections import status
from tracehub.services.wishes import DRAIN, PAUSE, RESTART, RUN, Wishes, publish_wish
from tracehub.settings import SecretReference, Settings
from tracehub.telemetry.log import silent
from tracehub.testing.systems import Fault, Ledger, running, secret_of, simulated
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


async def test_collecting_when_operated_tells_its_error_and_drains_what_waits(
    tmp_path: Path,
) -> None:
    token = tmp_path / "token"
    token.write_text(secret_of(LAB), "utf-8")
    ledger, edges = Ledger(tmp_path / "ledger.db"), Edges(silent())
    system = simulated(LAB, ledger)
    async with running(system) as url:
        settings = settings_of(url, token)
        judged = judgement(settings)
        async with open_bus(settings, edges.clock) as bus:
            await bus.ensure(topic_specs(settings))
            served = [judged.connections[LAB]]
            hub = asyncio.create_task(
                serve_connections(settings, ["collect"], judged, served, bus, edges)
            )
            assert (await told(bus, "RUNNING", lag="0"))["lag"] == 0
            system.faults.set(Fault(mode="status", status=503))
            failed = await told(bus, "RUNNING", error="503")
            assert failed["lag"] is None

            await publish_wish(bus, LAB, PAUSE, "tester", SystemClock())
            await told(bus, "PAUSED")
            system.faults.set(Fault())
            ledger.publish(LAB, [b"{}"] * 450)
            await publish_wish(bus, LAB, DRAIN, "tester", SystemClock())
            while sum(await bus.ends(RAW)) < 450:
                await asyncio.sleep(0.02)
            await told(bus, "PAUSED")
            ledger.publish(LAB, [b"{}"])
            await asyncio.sleep(1)
            assert await bus.ends(RAW) == (450,)
            await publish_wish(bus, LAB, RUN, "tester", SystemClock())
            while sum(await bus.ends(RAW)) < 451:
                await asyncio.sleep(0.02)

            system.dialect = BatchDialect("another-of-this-test", "/reports")
            await told(bus, "RUNNING", error="401")
            token.write_text("another-of-this-test", "utf-8")
            await publish_wish(bus, LAB, RESTART, "tester", SystemClock())
            ledger.publish(LAB, [b"{}"])
            while sum(await bus.ends(RAW)) < 452:
                await asyncio.sleep(0.02)
            edges.stopping.set()
            await hub
    ledger.close()
