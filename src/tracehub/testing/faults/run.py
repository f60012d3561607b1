"""The run: set the stage on a cluster, publish, cause faults, wait for rest, check, report."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from tracehub.app import Edges, open_bus, registered, topic_specs
from tracehub.avro.catalogue import Catalogue
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import RetryError
from tracehub.model.facts import effect_key
from tracehub.model.record import Record
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.faults.causing import Causing
from tracehub.testing.faults.checker import anomalies
from tracehub.testing.faults.history import NUMBER_HEADER, History, Sending
from tracehub.testing.faults.plan import LEFT_OUT, plan
from tracehub.testing.kafka import Cluster, cluster
from tracehub.testing.oracle import Facts, expected
from tracehub.testing.processes import HUB, Supervisor, supervised
from tracehub.testing.stage_set import write_settings
from tracehub.testing.systems import DEMO, Ledger, System, running_all, secret_of, simulated
from tracehub.testing.traffic import Sent, traffic

SERVICES: Final = ("exchange", "exchange", "deliver", "deliver")
MEMORY_MIB: Final = 512.0
_BATCH: Final = 250
_AHEAD: Final = 4000
_FLOOD: Final = 300
_LOOK_S: Final = 0.5
_STUCK_S: Final = 60.0
_PARTITIONS: Final = 4


class Size(NamedTuple):
    """How much of everything a run has."""

    events: int
    kills: int
    broker_faults: int
    destination_faults: int


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
        """A burst of records that are all broken."""
        chance = random.Random(self.seed + len(self.history.sent))  # noqa: S311 - a test generator
        await self._send(list(traffic(_FLOOD, chance.getrandbits(32), bad=1.0)))

    async def watch(self) -> None:
        """Keep `progress` up to date, until cancelled."""
        models = self.settings.models()
        categories = {category for each in models for category in each.categories}
        judged = [topics.event(each) for each in categories]
        judged += [topics.dead_letter(each.id) for each in models]
        receipts = [topics.receipt(each.id) for each in models if each.receives]
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
            if quiet_s > _STUCK_S:
                return False
            await asyncio.sleep(_LOOK_S)

    async def _send(self, batch: list[Sent]) -> None:
        """Publish a batch until it is acknowledged; a second try repeats what had got through."""
        first = len(self.history.sent)
        self.history.sent += [
            Sending(sent.category, sent.connection, sent.key, sent.truths) for sent in batch
        ]
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
    ledger = Ledger(directory / "ledger.db")
    systems = [simulated(each, ledger) for each in DEMO]
    async with AsyncExitStack() as stack:
        stack.callback(ledger.close)
        urls = await stack.enter_async_context(running_all((each, 0) for each in systems))
        path = write_settings(directory, urls, bus)
        settings = load_settings(path)
        judged = await registered(settings)
        log = await stack.enter_async_context(open_bus(settings, Edges(silent()).clock))
        await log.ensure(topic_specs(settings))
        run = Run(settings, log, judged.catalogue, ledger, seed)
        supervisor = await stack.enter_async_context(supervised(path, services, program))
        yield Stage(run, supervisor, systems)


def on(kafka: Cluster) -> Mapping[str, Any]:
    """The `bus` section of settings for a cluster."""
    return {
        "engine": "kafka",
        "servers": list(kafka.servers),
        "partitions": _PARTITIONS,
        "replication": len(kafka.nodes),
        "min_insync": min(2, len(kafka.nodes)),
    }


async def perform(
    directory: Path, size: Size, seed: int, show: Callable[[str], None]
) -> Mapping[str, Any]:
    """One whole run; returns the report."""
    with cluster(3) as kafka:
        async with staged(directory, on(kafka), seed) as (run, supervisor, systems):
            causing = Causing(kafka, supervisor, systems, run.flood)
            loop = asyncio.get_running_loop()
            begun = loop.time()
            watching = asyncio.create_task(run.watch())
            telling = asyncio.create_task(_tell(run, causing, show, begun))
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(run.publish(size.events))
                    group.create_task(
                        causing.follow(
                            plan(
                                seed,
                                kills=size.kills,
                                broker_faults=size.broker_faults,
                                destination_faults=size.destination_faults,
                            )
                        )
                    )
                healed = loop.time()
                at_rest = await run.rest(_due(run))
            finally:
                watching.cancel()
                telling.cancel()
            ended = loop.time()
            falls = dict(supervisor.falls)
            await _stop(supervisor, causing)
            return await _report(
                run,
                causing,
                directory,
                {
                    "wall_s": round(ended - begun, 1),
                    "rest_s": round(ended - healed, 1),
                    "stuck": not at_rest,
                    "falls": falls,
                    "rss_mib": round(max(each.measure() for each in supervisor.members)),
                },
            )


async def _tell(run: Run, causing: Causing, show: Callable[[str], None], begun: float) -> None:
    while True:
        await asyncio.sleep(5)
        spent_s = asyncio.get_running_loop().time() - begun
        show(
            f"{spent_s:5.0f} s  published {run.acknowledged}  judged {run.progress.judged}  "
            f"receipts {run.progress.receipts}  kills {causing.kills}  "
            f"broker faults {causing.broker_faults}  all {causing.injected.total()}"
        )


def _due(run: Run) -> int:
    """How many effects there will be: distinct keys times receivers, counted once."""
    models = run.settings.models()
    pairs: dict[str, int] = {}
    for sending in run.history.sent:
        for truth in sending.truths:
            if not truth.code:
                facts = Facts(sending.category, truth.kinds, truth.origin, truth.destination)
                key = effect_key(sending.connection, truth.event_id, 0).hex()
                pairs[key] = len(expected(facts, sending.connection, models))
    return sum(pairs.values())


async def _stop(supervisor: Supervisor, causing: Causing) -> None:
    for member in supervisor.members:
        if not member.fell:
            causing.endings.append(await member.end())


async def _report(
    run: Run, causing: Causing, directory: Path, measured: Mapping[str, Any]
) -> Mapping[str, Any]:
    models = run.settings.models()
    secrets = [secret_of(connection).encode() for connection in DEMO]
    await run.history.read(run.bus, run.catalogue, models, secrets)
    run.history.look_at(run.ledger)
    found = {name: list(texts) for name, texts in anomalies(run.history, models).items()}
    for log, text in _logs(directory).items():
        found["secret"] += [f"{log} holds a secret" for each in secrets if each in text]
        if b"gap_found" in text:
            found["gap-alarm"].append(f"{log}: {text.count(b'gap_found')} alarms")
    if measured["stuck"]:
        found["stuck"].append(f"nothing moved for {_STUCK_S:.0f} s after the last fault")
    if measured["rss_mib"] > MEMORY_MIB:
        found["bound"].append(f"a process held {measured['rss_mib']} MiB")
    events = sum(len(sending.truths) for sending in run.history.sent)
    return {
        "seed": run.seed,
        "events": events,
        "records_in_raw": len(run.history.raw),
        "effects": len(run.history.effects),
        "repeats_on_topics": run.history.repeats,
        "kills": causing.kills,
        "broker_faults": causing.broker_faults,
        "faults": dict(sorted(causing.injected.items())),
        "left_out": dict(LEFT_OUT),
        "anomalies": {name: len(texts) for name, texts in found.items()},
        "first_words": {name: texts[:5] for name, texts in found.items() if texts},
        "recovery_s": _recovery(run, causing),
        "endings": dict(Counter(str(each.code) for each in causing.endings)),
        "drain_s": round(max((each.after_s for each in causing.endings), default=0.0), 1),
        **measured,
    }


def _logs(directory: Path) -> dict[str, bytes]:
    return {log.name: log.read_bytes() for log in sorted(directory.glob("*.log"))}


def _recovery(run: Run, causing: Causing) -> Mapping[str, float]:
    """The longest time from a fault's end to the next progress, by class."""
    longest: dict[str, float] = {}
    for kind, healed in causing.healed:
        later = next((each for each in run.progress.moved if each >= healed), None)
        if later is not None:
            longest[kind] = max(longest.get(kind, 0.0), round(later - healed, 1))
    return dict(sorted(longest.items()))
