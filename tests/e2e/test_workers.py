"""Several workers of one exchange: they share the work, are replaced, and stop together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import orjson

from tracehub.app import Edges, open_bus, topic_specs
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.record import Record
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.traffic import traffic

EVENTS = 300
HUB = """
bus: {engine: sqlite, path: hub.db, partitions: 4}
services: {http_port: 0}
connections:
  provincial/zhejiang: {tier: province, region: "330000"}
  provincial/guangdong: {tier: province, region: "440000"}
  provincial/sichuan: {tier: province, region: "510000"}
"""


class Hub:
    """`tracehub run exchange --workers 2`, read by its log."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.workers: dict[int, int] = {}
        self.port = 0

    async def follow(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            said = orjson.loads(line)
            if said["event"] == "worker_started":
                self.workers[said["number"]] = said["pid"]
            elif "workers" in said:
                self.port = said["http_port"]

    async def metrics(self) -> str:
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as client:
            return (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text

    async def ready(self) -> bool:
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/readyz")
        return answer.is_success


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Hub, Bus]]:
    (folder / "hub.yaml").write_text(HUB, "utf-8")
    settings = load_settings(folder / "hub.yaml")
    async with open_bus(settings, Edges(silent()).clock) as bus:
        await bus.ensure(topic_specs(settings))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tracehub", "run", "exchange", "--workers", "2", "-c", "hub.yaml"),
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
        )
        hub = Hub(process)
        following = asyncio.create_task(hub.follow())
        try:
            yield hub, bus
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await following


async def publish(bus: Bus, seed: int) -> int:
    sent = list(traffic(EVENTS, seed, bad=0.0))
    await bus.publish(
        [Record(topics.raw(each.category, each.connection), each.key, each.value) for each in sent]
    )
    return sum(len(each.truths) for each in sent)


async def arrived(bus: Bus) -> int:
    return sum([sum(await bus.ends(topics.event(each))) for each in ("food", "drug", "agri-food")])


async def arrive(bus: Bus, count: int) -> None:
    while await arrived(bus) < count:
        await asyncio.sleep(0.02)


def workers_with(metrics: str, name: str) -> set[str]:
    """The workers that show a sample of a metric."""
    return {
        line.split('worker="')[1][0]
        for line in metrics.splitlines()
        if line.startswith(name + "{worker=")
    }


async def test_workers_when_one_is_killed_share_the_work_replace_it_and_stop_together(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (hub, bus):
        await until(lambda: len(hub.workers) == 2 and bool(hub.port))
        while not await hub.ready():
            await asyncio.sleep(0.05)
        sent = await publish(bus, 1)
        await arrive(bus, sent)
        metrics = await hub.metrics()
        assert workers_with(metrics, "tracehub_build_info") == {"0", "1"}
        assert metrics.count("# TYPE tracehub_events_total counter") == 1

        killed = hub.workers[0]
        os.kill(killed, signal.SIGKILL)
        sent += await publish(bus, 2)
        await arrive(bus, sent)
        await until(lambda: hub.workers[0] != killed)
        assert "\ntracehub_worker_deaths_total 1.0" in await hub.metrics()

        hub.process.terminate()
        assert await asyncio.wait_for(hub.process.wait(), 60) == 0
        assert not any(_lives(pid) for pid in hub.workers.values())
        assert await arrived(bus) >= sent  # what the killed one had in hand is written again


async def test_workers_when_the_process_that_started_them_is_killed_end_too(tmp_path: Path) -> None:
    async with running(tmp_path) as (hub, _bus):
        await until(lambda: len(hub.workers) == 2)
        hub.process.kill()
        await until(lambda: not any(_lives(pid) for pid in hub.workers.values()))


async def test_workers_when_a_service_can_t_be_shared_are_refused(tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text(HUB, "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tracehub", "run", "collect", "--workers", "2", "-c", "hub.yaml"),
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert b"--workers: collect is one process" in said


def _lives(pid: int) -> bool:
    """A process that has ended and that nobody has asked about does not live."""
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return False
