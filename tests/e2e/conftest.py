"""A log of a test's own, on either engine, and the hub's services as processes."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LeaveOut
from tracehub.testing.kafka import UnavailableError, cluster

Section = Mapping[str, Any]


@pytest.fixture(params=["sqlite", "kafka"])
def log_section(request: pytest.FixtureRequest, leave_out: LeaveOut) -> Iterator[Section]:
    """The `bus` section of the settings; for Kafka, around a broker that nobody else uses."""
    if request.param == "sqlite":
        yield {"engine": "sqlite", "path": "hub.db", "partitions": 4}
        return
    try:
        with cluster() as running:
            yield {
                "engine": "kafka",
                "servers": list(running.servers),
                "partitions": 4,
                "replication": 1,
                "min_insync": 1,
            }
    except UnavailableError as error:
        leave_out(f"Kafka: {error}")


class Services:
    """Services of one hub, each a process that may be killed and started again."""

    def __init__(self, settings_file: Path) -> None:
        self._settings_file = settings_file
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self.kills = 0

    async def start(self, service: str) -> None:
        """Start one service."""
        command = ("-m", "tracehub", "run", service, "-c", str(self._settings_file))
        self._running[service] = await asyncio.create_subprocess_exec(sys.executable, *command)

    async def kill(self, service: str) -> None:
        """SIGKILL, and start it again."""
        process = self._running[service]
        assert process.returncode is None, f"{service} ended by itself"
        process.kill()
        await process.wait()
        self.kills += 1
        await self.start(service)

    def memory_mib(self, service: str) -> float:
        """The most memory that a service has held so far (VmHWM)."""
        status = Path(f"/proc/{self._running[service].pid}/status").read_text("utf-8")
        (line,) = (each for each in status.splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    async def stop(self) -> None:
        """SIGTERM to all; each must end well."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        ends = [await asyncio.wait_for(each.wait(), 30) for each in self._running.values()]
        assert set(ends) <= {0}


@asynccontextmanager
async def services(settings_file: Path, *names: str) -> AsyncIterator[Services]:
    """Run services as processes while the block runs."""
    running = Services(settings_file)
    try:
        for name in names:
            await running.start(name)
        yield running
        await running.stop()
    finally:
        for process in running._running.values():
            if process.returncode is None:
                process.kill()
                await process.wait()
