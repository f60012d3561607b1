"""Operators pause, resume and drain a connection; the others do not notice."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from tests.e2e.conftest import Section, services
from tracehub.bus import topics
from tracehub.clock import SystemClock
from tracehub.services.connections import status
from tracehub.services.wishes import DRAIN, PAUSE, RUN, Wishes, publish_wish
from tracehub.telemetry.log import silent
from tracehub.testing.rehearsal import Rehearsal, stage
from tracehub.testing.servers.found import free_port

PROVINCE, OTHER = "provincial/guangdong", "central/national"
KEY = "operator-key-0001"


async def told(rehearsal: Rehearsal, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The status of the province, once it is as wanted."""
    wishes = Wishes(rehearsal.bus, silent())
    while True:
        await wishes.look()
        found = dict(await status(rehearsal.bus, wishes, PROVINCE, silent()))
        if wanted(found):
            return found
        await asyncio.sleep(0.05)


def in_state(state: str) -> Callable[[dict[str, Any]], bool]:
    return lambda found: found["connector"]["state"] == state


async def ask(rehearsal: Rehearsal, what: str) -> None:
    await publish_wish(rehearsal.bus, PROVINCE, what, "tester", SystemClock())


async def waiting(rehearsal: Rehearsal) -> int:
    """Records on the province's deliver topic that hold an event."""
    return sum(await rehearsal.bus.ends(topics.deliver(PROVINCE)))


def effects(rehearsal: Rehearsal, connection: str) -> int:
    return rehearsal.ledger.counts(connection).effects


async def rest(rehearsal: Rehearsal) -> None:
    """Until all is judged, the centre has got some of it, and nothing more arrives there."""
    begun = had = effects(rehearsal, OTHER)
    while True:
        await asyncio.sleep(2)
        has = effects(rehearsal, OTHER)
        if has > begun and has == had and await judged(rehearsal):
            return
        had = has


async def judged(rehearsal: Rehearsal) -> bool:
    """Whether the exchange has judged all that was published."""
    seen = await rehearsal.observer.look()
    return seen.published >= rehearsal.account.published


async def test_connection_when_paused_gets_nothing_and_when_resumed_all_of_it(
    tmp_path: Path, log_section: Section
) -> None:
    async with (
        stage(tmp_path, log_section) as rehearsal,
        services(rehearsal.settings_file, "exchange", "deliver"),
    ):
        await told(rehearsal, in_state("RUNNING"))
        await ask(rehearsal, PAUSE)
        paused = await told(rehearsal, in_state("PAUSED"))
        assert (paused["wish"]["what"], paused["wish"]["by"]) == ("pause", "tester")
        await rehearsal.publish(200, seed=11)
        await rest(rehearsal)
        assert effects(rehearsal, OTHER) > 0
        assert effects(rehearsal, PROVINCE) == 0
        assert await waiting(rehearsal) > 0
        await ask(rehearsal, RUN)
        seen = await rehearsal.finished(lambda _account, _seen: None, stalled_s=60)
        summary = rehearsal.account.summary(seen, rehearsal.ledger)
        assert summary["adds_up"], summary
        assert effects(rehearsal, PROVINCE) > 0


async def test_connection_when_drained_gets_what_waits_and_then_nothing(tmp_path: Path) -> None:
    bus = {"engine": "sqlite", "path": "hub.db", "partitions": 2}
    async with (
        stage(tmp_path, bus) as rehearsal,
        services(rehearsal.settings_file, "exchange", "deliver"),
    ):
        await ask(rehearsal, PAUSE)
        await told(rehearsal, in_state("PAUSED"))
        await rehearsal.publish(150, seed=12)
        await rest(rehearsal)
        assert effects(rehearsal, PROVINCE) == 0
        await ask(rehearsal, DRAIN)
        await told(rehearsal, in_state("RUNNING"))
        await told(rehearsal, in_state("PAUSED"))
        drained = effects(rehearsal, PROVINCE)
        assert drained > 0
        await rehearsal.publish(150, seed=13)
        await rest(rehearsal)
        assert effects(rehearsal, PROVINCE) == drained


async def test_operator_when_asking_over_http_is_known_by_a_key(tmp_path: Path) -> None:
    port = free_port()
    path = tmp_path / "hub.yaml"
    operator = hashlib.sha256(KEY.encode()).hexdigest()
    settings = {
        "bus": {"engine": "sqlite", "path": "hub.db", "partitions": 1},
        "services": {"http_port": 0, "log_level": "warning"},
        "gateway": {"port": port, "operators": {"alice": operator}},
        "connections": {PROVINCE: {"tier": "province", "region": "440000", "categories": ["food"]}},
    }
    path.write_text(json.dumps(settings), "utf-8")
    async with (
        services(path, "gateway"),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client,
    ):
        while True:
            try:
                await client.get("/keys")
                break
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
        key = {"authorization": f"Bearer {KEY}"}
        stranger = await client.put(f"/connectors/{PROVINCE}/pause")
        asked = await client.put(f"/connectors/{PROVINCE}/pause", headers=key)
        unknown = await client.put("/connectors/provincial/nowhere/pause", headers=key)
        assert [each.status_code for each in (stranger, asked, unknown)] == [401, 202, 404]
        anew = await client.post(f"/connectors/{PROVINCE}/restart", headers=key)
        restarted = (await client.get(f"/connectors/{PROVINCE}/status", headers=key)).json()
        assert (anew.status_code, restarted["wish"]["what"]) == (202, "restart")
        await client.put(f"/connectors/{PROVINCE}/pause", headers=key)
        listed = (await client.get("/connectors", headers=key)).json()
        found = (await client.get(f"/connectors/{PROVINCE}/status", headers=key)).json()
    assert listed == [PROVINCE]
    assert (found["wish"]["what"], found["wish"]["by"]) == ("pause", "alice")
    assert found["connector"]["state"] == "UNASSIGNED"
