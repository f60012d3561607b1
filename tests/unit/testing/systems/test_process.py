from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson

from tracehub.clock import SystemClock
from tracehub.connect import Delivery, Line, Receipt, load_type
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.systems import DEMO, Fault, Ledger


@asynccontextmanager
async def systems(directory: Path, *names: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    command = ("-m", "tracehub.testing.systems", "--directory", str(directory), *names)
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE)
    assert process.stdout is not None
    try:
        yield process, orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), 60)


async def deliver(ready: dict[str, Any], *events: Delivery) -> list[Receipt]:
    kind = load_type("central")
    assert kind.open is not None
    config = kind.config.model_validate(
        {"url": ready["urls"]["central/a"], "token": ready["secrets"]["central/a"]}
    )
    async with kind.open(Line("central/a", config, SystemClock())) as connector:
        return list(await connector.deliver(events))


async def test_process_when_started_names_every_system_of_the_demonstration(
    tmp_path: Path,
) -> None:
    async with systems(tmp_path) as (process, ready):
        assert set(ready["urls"]) == set(ready["secrets"]) == set(DEMO)
        assert len(set(ready["urls"].values())) == len(DEMO)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_ledger_when_the_process_is_killed_still_knows_every_effect(tmp_path: Path) -> None:
    sent = sample_deliveries(5)
    async with systems(tmp_path, "central/a") as (process, ready):
        await deliver(ready, *sent)
        process.kill()
        await process.wait()
    async with systems(tmp_path, "central/a") as (_, ready):
        assert {each.status for each in await deliver(ready, *sent)} == {"repeated"}
        ledger = Ledger(Path(ready["ledger"]))
        assert ledger.counts("central/a") == (5, 5)
        ledger.close()


async def test_effects_when_the_system_does_not_deduplicate_are_doubled(tmp_path: Path) -> None:
    async with systems(tmp_path, "--no-deduplicate", "central/a") as (_, ready):
        for _ in range(2):
            receipts = await deliver(ready, *sample_deliveries(3))
            assert {each.status for each in receipts} == {"delivered"}
        async with httpx2.AsyncClient(base_url=ready["urls"]["central/a"]) as keeper:
            state = (await keeper.get("/_state")).json()
        assert (state["effects"], state["applications"]) == (3, 6)
    ledger = Ledger(tmp_path / "ledger.db")
    assert ledger.counts().duplicate_effects == 3
    ledger.close()


async def test_keeper_when_it_sets_faults_and_documents_is_obeyed(tmp_path: Path) -> None:
    async with (
        systems(tmp_path, "inspection/a") as (_, ready),
        httpx2.AsyncClient(base_url=ready["urls"]["inspection/a"]) as keeper,
    ):
        headers = {"Authorization": f"Bearer {ready['secrets']['inspection/a']}"}
        published = await keeper.post("/_documents", content=b'{"a" : 1}\n{"b" : 2}\n')
        assert published.status_code == 204
        page = await keeper.get("/reports", headers=headers)
        assert page.content == b'{"a" : 1}\n{"b" : 2}\n'
        fault = Fault(mode="status", status=500, times=1).model_dump_json()
        assert (await keeper.put("/_faults", content=fault)).status_code == 204
        assert (await keeper.put("/_faults", content=b'{"mode": "?"}')).status_code == 422
        assert (await keeper.get("/reports", headers=headers)).status_code == 500
        assert (await keeper.get("/reports", headers=headers)).status_code == 200
        assert (await keeper.get("/reports")).status_code == 401
