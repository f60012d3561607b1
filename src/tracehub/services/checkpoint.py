"""Checkpoints: small tables that a service must have again after a restart, kept on the bus.

Each is written with the outputs of a batch and names the offset that it is valid for. Offsets are
committed later, so several are kept in a ring: a restart takes the newest one at or below the
committed offset. Must not know what is in a table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import orjson

from tracehub.bus.port import Bus
from tracehub.model.record import Record
from tracehub.services.waiting import stretch

SLOTS: Final = 8


class Checkpoint(NamedTuple):
    """A table and the next offset that it is valid for."""

    offset: int
    table: Mapping[str, Any]


class Checkpoints:
    """The checkpoints of one service, on one compacted topic.

    A partition of the topic is read once, and from there on whenever `load()` asks again.
    """

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self._slot: dict[bytes, int] = {}
        self._values: dict[bytes, bytes] = {}
        self._read_to: dict[int, int] = {}
        self._reading = asyncio.Lock()

    def record(self, topic: str, partition: int, checkpoint: Checkpoint) -> Record:
        """The record that saves a table for one partition."""
        ring = f"{topic}/{partition}/".encode()
        slot = self._slot.get(ring, 0)
        self._slot[ring] = (slot + 1) % SLOTS
        value = orjson.dumps({"offset": checkpoint.offset, "table": checkpoint.table})
        return Record(self._topic, ring + str(slot).encode(), value, partition=partition)

    async def load(self, topic: str, partition: int, at: int) -> Checkpoint | None:
        """The newest table of one partition that is valid at offset `at` or before it."""
        await self.catch_up({partition})
        return self.newest(topic, partition, at)

    def newest(self, topic: str, partition: int, at: int) -> Checkpoint | None:
        """As `load()`, of what was read so far."""
        ring = f"{topic}/{partition}/".encode()
        slots = (self._values.get(ring + str(slot).encode()) for slot in range(SLOTS))
        found = [Checkpoint(**orjson.loads(value)) for value in slots if value is not None]
        fitting = [each for each in found if each.offset <= at]
        return max(fitting, key=lambda each: each.offset, default=None)

    async def catch_up(self, partitions: Collection[int]) -> None:
        """Read what was saved since the last time, of some partitions together.

        Raises:
            RetryError: the log did not answer.
        """
        async with self._reading:  # who came later would put old tables over new ones
            ends = await self._bus.ends(self._topic)
            for partition in sorted(partitions):
                await self._read_on(partition, ends[partition])

    async def _read_on(self, partition: int, end: int) -> None:
        first = self._read_to.get(partition, 0)
        async for received in stretch(self._bus, self._topic, partition, first, end):
            ring, _, slot = received.key.rpartition(b"/")
            self._values[received.key] = received.value
            self._slot[ring + b"/"] = (int(slot) + 1) % SLOTS
        self._read_to[partition] = end
