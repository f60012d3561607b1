"""Checkpoints: small tables that a service must have again after a restart, kept on the bus.

Each is written with the outputs of a batch and names the offset that it is valid for. Offsets are
committed later, so several are kept in a ring: a restart takes the newest one at or below the
committed offset. Must not know what is in a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from tracehub.bus.port import Bus
from tracehub.model.record import Record

SLOTS: Final = 8
_PAGE: Final = 1000


class Checkpoint(NamedTuple):
    """A table and the next offset that it is valid for."""

    offset: int
    table: Mapping[str, Any]


class Checkpoints:
    """The checkpoints of one service, on one compacted topic."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self._slot: dict[tuple[str, int], int] = {}

    def record(self, topic: str, partition: int, checkpoint: Checkpoint) -> Record:
        """The record that saves a table for one partition."""
        slot = self._slot.get((topic, partition), 0)
        self._slot[topic, partition] = (slot + 1) % SLOTS
        key = f"{topic}/{partition}/{slot}".encode()
        value = orjson.dumps({"offset": checkpoint.offset, "table": checkpoint.table})
        return Record(self._topic, key, value, partition=partition)

    async def load(self, topic: str, partition: int, at: int) -> Checkpoint | None:
        """The newest table of one partition that is valid at offset `at` or before it."""
        found: dict[int, Checkpoint] = {}
        wanted = f"{topic}/{partition}/"
        offset, end = 0, (await self._bus.ends(self._topic))[partition]
        while offset < end:
            page = await self._bus.read(self._topic, partition, offset, _PAGE)
            if not page:
                break
            for received in page:
                key = received.key.decode()
                if key.startswith(wanted):
                    slot = int(key.removeprefix(wanted))
                    found[slot] = Checkpoint(**orjson.loads(received.value))
                    self._slot[topic, partition] = (slot + 1) % SLOTS
            offset = page[-1].offset + 1
        fitting = [each for each in found.values() if each.offset <= at]
        return max(fitting, key=lambda each: each.offset, default=None)
