"""Checkpoints: the newest table at or below an offset survives, whatever else is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tracehub.bus.port import Bus, TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.model.record import Received
from tracehub.services.checkpoint import SLOTS, Checkpoint, Checkpoints
from tracehub.telemetry.log import silent


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock()) as bus:
        await bus.ensure([TopicSpec("state", 2, compacted=True)])
        yield bus


async def save(bus: Bus, saved: Checkpoints, *offsets: int) -> None:
    for offset in offsets:
        table = {"at": offset}
        await bus.publish([saved.record("raw.a", 1, Checkpoint(offset, table))])


async def test_checkpoint_when_loaded_is_the_newest_at_or_below_the_offset(bus: Bus) -> None:
    await save(bus, Checkpoints(bus, "state", silent()), 10, 20, 30)
    loaded = Checkpoints(bus, "state", silent())
    assert await loaded.load("raw.a", 1, 30) == Checkpoint(30, {"at": 30})
    assert await loaded.load("raw.a", 1, 29) == Checkpoint(20, {"at": 20})
    assert await loaded.load("raw.a", 1, 9) is None
    assert await loaded.load("raw.b", 1, 99) is None
    assert await loaded.load("raw.a", 0, 99) is None


async def test_checkpoints_when_many_are_written_keep_the_last_few(bus: Bus) -> None:
    offsets = range(0, 2000, 10)
    await save(bus, Checkpoints(bus, "state", silent()), *offsets)
    loaded = Checkpoints(bus, "state", silent())
    for offset in offsets[-SLOTS:]:
        assert await loaded.load("raw.a", 1, offset) == Checkpoint(offset, {"at": offset})


async def test_checkpoints_when_another_member_goes_on_do_not_overwrite_the_newest(
    bus: Bus,
) -> None:
    await save(bus, Checkpoints(bus, "state", silent()), 10, 20, 30)
    heir = Checkpoints(bus, "state", silent())
    assert await heir.load("raw.a", 1, 30) == Checkpoint(30, {"at": 30})
    await save(bus, heir, 40)
    assert await Checkpoints(bus, "state", silent()).load("raw.a", 1, 35) == Checkpoint(
        30, {"at": 30}
    )


class Held:
    """A log whose third and fifth page are kept back."""

    def __init__(self, bus: Bus) -> None:
        self.bus, self.pages = bus, 0
        self.kept = {3: asyncio.Event(), 5: asyncio.Event()}

    async def ends(self, topic: str) -> tuple[int, ...]:
        return tuple(await self.bus.ends(topic))

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Received]:
        self.pages += 1
        if kept := self.kept.get(self.pages):
            await kept.wait()
        return await self.bus.read(topic, partition, offset, limit)


async def test_checkpoints_when_two_read_them_at_once_are_the_newest_for_both(bus: Bus) -> None:
    saved = Checkpoints(bus, "state", silent())
    own = [saved.record("raw.a", 1, Checkpoint(offset, {})) for offset in range(2000)]
    await bus.publish([*own, *(saved.record("raw.b", 1, Checkpoint(0, {})) for _ in range(10))])
    log = Held(bus)
    loaded = Checkpoints(log, "state", silent())  # type: ignore[arg-type]  # all that is asked
    one = asyncio.create_task(loaded.load("raw.a", 1, 5000))
    async with asyncio.timeout(60):
        while log.pages < 3:
            await asyncio.sleep(0.002)
    two = asyncio.create_task(loaded.load("raw.b", 1, 5000))
    for _ in range(100):
        await asyncio.sleep(0.002)
    log.kept[3].set()
    assert await one == Checkpoint(1999, {})
    log.kept[5].set()
    assert await two == Checkpoint(0, {})
