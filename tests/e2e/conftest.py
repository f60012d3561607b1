"""A log of a test's own, on either engine, and the hub's services as processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LeaveOut
from tracehub.testing.kafka import UnavailableError, cluster
from tracehub.testing.processes import Member

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
        self._members: dict[str, Member] = {}
        self.kills = 0

    async def start(self, service: str) -> None:
        """Start one service."""
        log = self._settings_file.with_name(f"{service}.log")
        member = Member(self._settings_file, service, log)
        await member.start()
        self._members[service] = member

    async def kill(self, service: str) -> None:
        """SIGKILL, and start it again."""
        member = self._members[service]
        assert not member.fell, f"{service} ended by itself: {member.last_words()}"
        await member.kill()
        self.kills += 1
        await member.start()

    def memory_mib(self, service: str) -> float:
        """The most memory that a service has held so far."""
        return self._members[service].measure()

    async def stop(self) -> None:
        """SIGTERM to all; each must end well."""
        members = self._members.values()
        endings = await asyncio.gather(*(member.end() for member in members))
        assert {ending.code for ending in endings} <= {0}, [each.last_words() for each in members]

    async def leave_none(self) -> None:
        """Kill what still runs."""
        for member in self._members.values():
            await member.kill()


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
        await running.leave_none()
