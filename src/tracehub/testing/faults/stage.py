"""The stage of a fault run: systems, services, a publisher that never gives up, progress."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from tracehub.app import topic_specs
from tracehub.avro.catalogue import Catalogue
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import RetryError
from tracehub.model.record import Record
from tracehub.settings import Settings
from tracehub.testing.faults.history import NUMBER_HEADER, History
from tracehub.testing.kafka import Cluster
from tracehub.testing.processes import HUB, Supervisor, supervised
from tracehub.testing.stage_set import scene
from tracehub.testing.systems import Ledger, System
from tracehub.testing.traffic import Sent, traffic

SERVICES: Final = ("exchange", "exchange", "deliver", "deliver")
_BATCH: Final = 250
_AHEAD: Final = 4000
_FLOOD: Final = 300
_LOOK_S: Final = 0.5
STUCK_S: Final = 60.0
_PARTITIONS: Final = 4


@dataclass(slots=True)
class Progress:
    """How far the hub is, by the lengths of its topics; `moved` are instants of progress."""

    judged: int = 0
    receipts: int = 0
    moved: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One run on a stage that is set."""

    settings: Settings
    bus: Bus
    catalogue: Catalogue
    ledger: Ledger
    seed: int
    history: History = field(default_factory=History)
    progress: Progress = field(default_factory=Progress)
    acknowledged: int = 0

    async def publish(self, events: int) -> None:
        """Publish seeded traffic, never far ahead of what the hub has judged."""
        batch: list[Sent] = []
        for sent in traffic(events, self.seed):
            batch.append(sent)
            if len(batch) == _BATCH:
                await self._send(batch)
                batch = []
                while self.acknowledged - self.progress.judged > _AHEAD:
                    await asyncio.sleep(0.05)
        await self._send(batch)

    async def flood(self) -> None:
        """A burst of broken records from one publisher."""
        chance = random.Random(self.seed + len(self.history.sent))  # noqa: S311 - a test generator
        broken = list(traffic(_FLOOD, chance.getrandbits(32), bad=1.0))
        await self._send([each for each in broken if each.connection == broken[0].connection])

    async def watch(self) -> None:
        """Keep `progress` up to date, until cancelled."""
        judged = self.topics("event", "dead-letter")
        receipts = self.topics("receipt")
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                now = Progress(await self._length(judged), await self._length(receipts))
            except RetryError:
                continue
            if (now.judged, now.receipts) > (self.progress.judged, self.progress.receipts):
                self.progress.judged = now.judged
                self.progress.receipts = now.receipts
                self.progress.moved.append(asyncio.get_running_loop().time())

    async def rest(self, due: int) -> bool:
        """Wait until there are as many effects as are due; False when nothing moved for long."""
        loop = asyncio.get_running_loop()
        begun, had, moved = loop.time(), -1, loop.time()
        while True:
            effects = self.ledger.counts().effects
            if effects != had:
                had, moved = effects, loop.time()
            quiet_s = loop.time() - max([begun, moved, *self.progress.moved[-1:]])
            if effects >= due and quiet_s > 4.0:
                return True
            if quiet_s > STUCK_S:
                return False
            await asyncio.sleep(_LOOK_S)

    async def _send(self, batch: list[Sent]) -> None:
        """Publish a batch until it is acknowledged; a second try repeats what had got through."""
        first = len(self.history.sent)
        self.history.sent += [sent._replace(value=b"") for sent in batch]
        records = [
            Record(
                topics.raw(sent.category, sent.connection),
                sent.key,
                sent.value,
                ((NUMBER_HEADER, str(first + index).encode()),),
            )
            for index, sent in enumerate(batch)
        ]
        while True:
            try:
                await self.bus.publish(records)
            except RetryError:
                await asyncio.sleep(0.2)
            else:
                break
        self.acknowledged += sum(len(sent.truths) for sent in batch)

    def topics(self, *kinds: str) -> list[str]:
        """The hub's topics of these kinds."""
        names = (spec.name for spec in topic_specs(self.settings))
        return [name for name in names if name.partition(".")[0] in kinds]

    async def read(self, secrets: Sequence[bytes]) -> None:
        """Take all that can be seen now into the history."""
        names = self.topics("raw", "event", "deliver", "dead-letter", "receipt")
        await self.history.read(self.bus, self.catalogue, names, secrets)
        self.history.look_at(self.ledger)

    async def _length(self, names: list[str]) -> int:
        return sum([sum(await self.bus.ends(name)) for name in names])


class Stage(NamedTuple):
    """A stage that is set, and what on it can be made to fail."""

    run: Run
    supervisor: Supervisor
    systems: Sequence[System]


@asynccontextmanager
async def staged(
    directory: Path,
    bus: Mapping[str, Any],
    seed: int,
    services: tuple[str, ...] = SERVICES,
    program: tuple[str, ...] = HUB,
) -> AsyncIterator[Stage]:
    """Systems, settings, topics and services while the block runs."""
    async with scene(directory, bus) as set_up:
        settings, path, log, catalogue, ledger, systems = set_up
        async with supervised(path, services, program) as supervisor:
            yield Stage(Run(settings, log, catalogue, ledger, seed), supervisor, systems)


def on(kafka: Cluster) -> Mapping[str, Any]:
    """The `bus` section of settings for a cluster."""
    return {
        "engine": "kafka",
        "servers": list(kafka.servers),
        "partitions": _PARTITIONS,
        "replication": len(kafka.nodes),
        "min_insync": min(2, len(kafka.nodes)),
    }
