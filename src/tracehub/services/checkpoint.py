"""Checkpoints: small tables that a service must have again after a restart, kept on the bus.

Each is written with the outputs of a batch and names the offset that it is valid for. Offsets are
committed later, so several are kept in a ring: a restart takes the newest one at or below the
committed offset. Must not know what is in a table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from tracehub.bus.port import Bus
from tracehub.model.record import Received, Record
from tracehub.services.legible import legible
from tracehub.services.waiting import stretch
from tracehub.telemetry.log import Logger

SLOTS: Final = 8


class Checkpoint(NamedTuple):
    """A table and the next offset that it is valid for."""

    offset: int
    table: Mapping[str, Any]


def _read(value: bytes) -> Checkpoint:
    """What `Checkpoints.record()` made.

    Raises:
        ValueError: it is something else.
    """
    match orjson.loads(value):
        case {"offset": int(offset), "table": dict(table)}:
            return Checkpoint(offset, table)
    raise ValueError("is no checkpoint")


class Checkpoints:
    """The checkpoints of one service, on one compacted topic.

    A partition of the topic is read once, and from there on whenever `load()` asks again.

    Args:
        bus: where they are kept.
        topic: as above.
        log: where a record is told that is none of them.
    """

    def __init__(self, bus: Bus, topic: str, log: Logger) -> None:
        self._bus = bus
        self._topic = topic
        self._log = log
        self._slot: dict[bytes, int] = {}
        self._saved: dict[bytes, Received] = {}
        self._read_to: dict[int, int] = {}
        self._reading = asyncio.Lock()

    def record(self, topic: str, partition: int, checkpoint: Checkpoint) -> Record:
        """The record that saves a table for one partition."""
        ring = _ring(topic, partition)
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
        ring = _ring(topic, partition)
        slots = (self._saved.get(ring + str(slot).encode()) for slot in range(SLOTS))
        found = (legible(each, _read, self._log) for each in slots if each is not None)
        fitting = [each for each in found if each is not None and each.offset <= at]
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
            self._saved[received.key] = received
            if slot.isdigit():  # what has none is no checkpoint, and is never asked for
                self._slot[ring + b"/"] = (int(slot) + 1) % SLOTS
        self._read_to[partition] = end


@lru_cache(10_000)
def _ring(topic: str, partition: int) -> bytes:
    """How the keys of one partition's checkpoints begin."""
    return f"{topic}/{partition}/".encode()
