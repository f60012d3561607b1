"""Under every fault that can be caused, on a cluster of three, nothing is lost, nothing twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conftest import LeaveOut
from tracehub.testing.faults.checker import ANOMALIES, anomalies
from tracehub.testing.faults.run import Size, perform
from tracehub.testing.faults.stage import staged
from tracehub.testing.kafka import UnavailableError

SIZE = Size(events=100_000, kills=30, broker_faults=10, destination_faults=18)
BROKEN = Path(__file__).with_name("broken_hub.py")
EMBEDDED = {"engine": "sqlite", "path": "hub.db", "partitions": 4}


@pytest.mark.timeout(600)
async def test_hub_when_everything_fails_in_turn_breaks_no_promise(
    tmp_path: Path, leave_out: LeaveOut
) -> None:
    lines: list[str] = []
    try:
        report = await perform(tmp_path, SIZE, 1, lines.append)
    except UnavailableError as error:
        leave_out(f"Kafka: {error}")
    assert report["anomalies"] == dict.fromkeys(ANOMALIES, 0), report["first_words"]
    assert report["events"] >= SIZE.events
    assert report["kills"] >= SIZE.kills
    assert report["broker_faults"] >= SIZE.broker_faults
    assert report["drain_s"] <= 20
    assert set(report["endings"]) <= {"0", "-15"}, report["endings"]
    assert lines


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["commit-first", "never-the-last"])
async def test_hub_when_it_has_a_known_fault_is_caught(tmp_path: Path, fault: str) -> None:
    program = (str(BROKEN), fault)
    services = ("exchange", "deliver")
    async with staged(tmp_path, EMBEDDED, 3, services, program) as (run, supervisor, _):
        exchange = supervisor.members[0]
        publishing = asyncio.create_task(run.publish(6000))
        watching = asyncio.create_task(run.watch())
        for number in range(1, 6):
            while run.progress.judged < number * 1000 and not publishing.done():
                await asyncio.sleep(0.02)
            await exchange.kill()
            await exchange.start()
        await publishing
        quiet = -1
        while quiet != run.progress.judged + run.progress.receipts:
            quiet = run.progress.judged + run.progress.receipts
            await asyncio.sleep(4)
        watching.cancel()
        await run.read([])
        found = anomalies(run.history, run.settings.models())
    assert found["lost"]
    assert not found["duplicate-effect"]
