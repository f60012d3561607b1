"""The stage of a fault run: systems, services, a publisher that never gives up, progress."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any, Final, NamedTuple

from tracehub.app import judgement, topic_specs
from tracehub.avro.catalogue import Catalogue
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import RetryError
from tracehub.model.record import Record
from tracehub.settings import Settings
from tracehub.testing.account import due
from tracehub.testing.faults.bad_records import bad_records
from tracehub.testing.faults.history import NUMBER_HEADER, History
from tracehub.testing.kafka import Cluster
from tracehub.testing.processes import HUB, Supervisor, supervised
from tracehub.testing.proxy import Proxy, in_front
from tracehub.testing.stage_set import scene
from tracehub.testing.systems import Ledger, System
from tracehub.testing.traffic import Sent, traffic

SERVICES: Final = ("exchange", "exchange", "deliver", "deliver")
_ENDLESS: Final = 1_000_000_000
_TRICKLE: Final = 500
_TRICKLE_S: Final = 1.0
_FLOOD: Final = 300
_BAD_EVERY: Final = 100
_CLOSING: Final = 400
QUIET_S: Final = 6.0
_LOOK_S: Final = 0.5
STUCK_S: Final = 60.0
_PARTITIONS: Final = 4


@dataclass(slots=True)
class Progress:
    """How far the hub is, by the lengths of its topics.

    Attributes:
        judged: events and dead letters.
        receipts: receipts.
        moved: instants of progress of any sort.
        last: the last instant of progress of each service.
    """

    judged: int = 0
    receipts: int = 0
    moved: list[float] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)

    def note(self, judged: int, receipts: int, now_s: float) -> None:
        """Note how long the topics are now."""
        for service, further in (
            ("exchange", judged > self.judged),
            ("deliver", receipts > self.receipts),
        ):
            if further:
                self.last[service] = now_s
        if (judged, receipts) > (self.judged, self.receipts):
            self.judged, self.receipts = judged, receipts
            self.moved.append(now_s)


@dataclass(slots=True)
class Run:
    """One run on a stage that is set."""

    settings: Settings
    bus: Bus
    catalogue: Catalogue
    ledger: Ledger
    seed: int
    bad: float = 0.01
    repeated: float = 0.01
    batch: int = 1000
    ahead: int = 12_000
    history: History = field(default_factory=History)
    progress: Progress = field(default_factory=Progress)
    acknowledged: int = 0

    async def publish(self, events: int, until_s: float = inf) -> None:
        """Publish seeded traffic, never far ahead of what the hub has judged.

        Args:
            events: how many at most.
            until_s: the instant after which nothing more is published, by the loop's clock.
        """
        loop = asyncio.get_running_loop()
        records = self._records(events, self.seed)
        while batch := list(islice(records, self.batch)):
            await self.send(batch)
            while self.acknowledged - self.progress.judged > self.ahead:
                await asyncio.sleep(0.05)
            if loop.time() > until_s:
                return

    def _records(self, events: int, seed: int) -> Iterator[Sent]:
        """Traffic with bad input in between: one record in a hundred."""
        bad = bad_records(seed, judgement(self.settings).normaliser)
        for number, sent in enumerate(traffic(events, seed, bad=self.bad, repeated=self.repeated)):
            if self.bad and number % _BAD_EVERY == 0:
                yield next(bad)
            yield sent

    async def trickle(self, enough: Callable[[], bool]) -> None:
        """Publish a little now and then, until it is enough: no fault shall meet an idle hub."""
        further = self._records(_ENDLESS, self.seed + _ENDLESS)
        while not enough():
            await self.send(list(islice(further, _TRICKLE)))
            await asyncio.sleep(_TRICKLE_S)

    async def close(self) -> None:
        """Publish one document to every raw partition: its reader now tells the ends of all."""
        for partition in range(self.settings.bus.partitions):
            firsts: dict[tuple[str, str], Sent] = {}
            for sent in traffic(_CLOSING, self.seed + 1 + partition, bad=0.0):
                firsts.setdefault((sent.connection, sent.category), sent)
            await self.send(list(firsts.values()), partition)

    async def flood(self) -> None:
        """A burst of broken records from one publisher."""
        chance = random.Random(self.seed + len(self.history.sent))  # noqa: S311 - a test generator
        broken = list(traffic(_FLOOD, chance.getrandbits(32), bad=1.0))
        await self.send([each for each in broken if each.connection == broken[0].connection])

    async def watch(self) -> None:
        """Keep `progress` up to date, until cancelled."""
        judged = self.topics("event", "dead-letter")
        receipts = self.topics("receipt")
        while True:
            await asyncio.sleep(_LOOK_S)
            with suppress(RetryError):
                lengths = await self._length(judged), await self._length(receipts)
                self.progress.note(*lengths, asyncio.get_running_loop().time())

    def due(self) -> int:
        """How many effects there must be: distinct keys times receivers."""
        models = self.settings.models()
        pairs: dict[str, int] = {}
        for sending in self.history.sent:
            for truth in sending.truths:
                if not truth.code:
                    key, receivers = due(sending.category, sending.connection, truth, models)
                    pairs[key] = len(receivers)
        return sum(pairs.values())

    async def rest(self, stuck_s: float = STUCK_S, quiet_s: float = QUIET_S) -> bool:
        """Wait until all that is due has come or was lied about, and nothing moves any more.

        Args:
            stuck_s: how long nothing may move before all is there; then it returns False.
            quiet_s: how long nothing must have moved when all is there.
        """
        loop = asyncio.get_running_loop()
        wanted = self.due()
        begun, had, moved = loop.time(), -1, loop.time()
        while True:
            effects = self.ledger.counts().effects + self.ledger.withheld()
            if effects != had:
                had, moved = effects, loop.time()
            still_s = loop.time() - max([begun, moved, *self.progress.moved[-1:]])
            if effects >= wanted and still_s > quiet_s:
                return True
            if still_s > stuck_s:
                return False
            await asyncio.sleep(_LOOK_S)

    async def send(self, batch: Sequence[Sent], partition: int | None = None) -> None:
        """Publish a batch until it is acknowledged; a second try repeats what had got through."""
        first = len(self.history.sent)
        self.history.sent += [sent._replace(value=b"") for sent in batch]
        records = [
            Record(
                topics.raw(sent.category, sent.connection),
                sent.key,
                sent.value,
                ((NUMBER_HEADER, str(first + index).encode()),),
                partition,
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
    """A stage that is set, and what on it can be made to fail; `fronts` lead to the systems."""

    run: Run
    supervisor: Supervisor
    systems: Sequence[System]
    fronts: Mapping[str, Proxy]


class Cast(NamedTuple):
    """The hub's processes: one for each service, what Python is given, and each one's own world."""

    services: Sequence[str] = SERVICES
    program: tuple[str, ...] = HUB
    environments: Sequence[Mapping[str, str]] = ()


_CAST: Final = Cast()


@asynccontextmanager
async def staged(
    directory: Path,
    bus: Mapping[str, Any],
    seed: int,
    cast: Cast = _CAST,
    *,
    deduplicate: bool = True,
) -> AsyncIterator[Stage]:
    """Systems behind proxies, settings, topics and services while the block runs."""
    fronts: dict[str, Proxy] = {}
    front = partial(in_front, proxies=fronts)
    async with scene(directory, bus, deduplicate=deduplicate, front=front) as set_up:
        settings, path, log, catalogue, ledger, systems = set_up
        async with supervised(path, *cast) as supervisor:
            run = Run(settings, log, catalogue, ledger, seed)
            yield Stage(run, supervisor, systems, fronts)


def on(kafka: Cluster) -> Mapping[str, Any]:
    """The `bus` section of settings for a cluster."""
    return {
        "engine": "kafka",
        "servers": list(kafka.servers),
        "partitions": _PARTITIONS,
        "replication": len(kafka.nodes),
        "min_insync": min(2, len(kafka.nodes)),
    }


def reached_by(way: Sequence[Proxy]) -> Mapping[str, str]:
    """What a process must be started with to reach the brokers through these proxies only."""
    servers = [f"127.0.0.1:{each.port}" for each in way]
    return {"TRACEHUB_BUS__SERVERS": json.dumps(servers)}
