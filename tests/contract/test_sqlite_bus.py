"""The embedded log keeps the contract, across handles and across the death of a process."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tracehub.bus.port import Bus, TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.errors import ConfigError, RetryError
from tracehub.model.record import Record
from tracehub.testing.append_contract import AppendContract
from tracehub.testing.bus_contract import BusContract, OpenBus, take, values

PUBLISHER = """
import asyncio, sys
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.model.record import Record

async def main():
    async with SqliteBus.open(sys.argv[1], clock=SystemClock()) as bus:
        for number in range(100000):
            await bus.publish([Record("t", b"k", str(number).encode(), (), 0)])
            print(number, flush=True)

asyncio.run(main())
"""
READER = """
import asyncio, sys
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock

async def main():
    async with SqliteBus.open(sys.argv[1], clock=SystemClock(), lease_s=1.0) as bus:
        async with bus.subscribe(["t"], group="g") as subscription:
            async for batch in subscription:
                print(len(batch), flush=True)
                await asyncio.sleep(60)

asyncio.run(main())
"""


def opened(path: Path | str, lease_s: float = 1.0) -> AbstractAsyncContextManager[SqliteBus]:
    return SqliteBus.open(path, clock=SystemClock(), lease_s=lease_s)


class TestSqliteBus(BusContract, AppendContract):
    @pytest.fixture
    def open_bus(self, tmp_path: Path) -> OpenBus:
        # No member dies here, and a loaded machine may hold one up for longer than a second.
        return lambda: opened(tmp_path / "hub.db", lease_s=3.0)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    async with opened(tmp_path / "hub.db") as bus:
        await bus.ensure([TopicSpec("t", 1)])
        yield bus


async def test_memory_log_when_used_alone_works() -> None:
    async with opened(":memory:") as bus:
        await bus.ensure([TopicSpec("t", 1)])
        await bus.publish([Record("t", b"", b"a", (), 0)])
        async with bus.subscribe(["t"], group="g") as subscription:
            assert values(await take(subscription, 1, commit=True)) == ["a"]


async def test_publisher_when_killed_loses_nothing_acknowledged(bus: Bus, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PUBLISHER, str(tmp_path / "hub.db"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = -1
    while acknowledged < 200:
        acknowledged = int(await process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    rest = (await process.stdout.read()).split()
    await process.wait()
    acknowledged = int(rest[-1]) if rest else acknowledged
    (end,) = await bus.ends("t")
    assert end in {acknowledged + 1, acknowledged + 2}
    found = await bus.read("t", 0, 0, end)
    assert values(found) == [str(number) for number in range(end)]


async def test_member_when_killed_loses_its_lease_and_its_batch_comes_again(
    bus: Bus, tmp_path: Path
) -> None:
    await bus.publish([Record("t", b"", b"a", (), 0)])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", READER, str(tmp_path / "hub.db"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"1\n"
    async with bus.subscribe(["t"], group="g") as subscription:
        assert subscription.assigned() == {}
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert values(await take(subscription, 1, commit=True)) == ["a"]


async def test_committed_offset_when_beyond_the_end_asks_the_operator(
    bus: Bus, tmp_path: Path
) -> None:
    await bus.publish([Record("t", b"", b"a", (), 0)])
    async with bus.subscribe(["t"], group="g") as subscription:
        await take(subscription, 1, commit=True)
    other = sqlite3.connect(tmp_path / "hub.db")
    other.execute("UPDATE tail SET next = 0")
    other.commit()
    other.close()

    async def join() -> None:
        while True:  # what another wrote is seen a moment later
            async with bus.subscribe(["t"], group="g"):
                await asyncio.sleep(0.02)

    with pytest.raises(ConfigError, match="beyond the log's end"):
        await join()


async def test_publish_when_the_file_is_locked_by_another_raises_retry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracehub.sqlite_file.BUSY_S", 0.05)
    async with opened(tmp_path / "hub.db") as bus:
        await bus.ensure([TopicSpec("t", 1)])
        other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RetryError, match="locked"):
            await bus.publish([Record("t", b"", b"a", (), 0)])
        other.execute("ROLLBACK")
        other.close()
        assert await bus.ends("t") == (0,)
        await bus.publish([Record("t", b"", b"a", (), 0)])
        assert await bus.ends("t") == (1,)
