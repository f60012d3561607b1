"""A rehearsal: a whole hub between simulated systems, driven by seeded traffic, and its account."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracehub.app import SERVICES, Edges, run
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.record import Record
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.account import Account
from tracehub.testing.observer import Observer, Seen
from tracehub.testing.publications import Publication, changes, reports
from tracehub.testing.stage_set import scene
from tracehub.testing.systems import Ledger
from tracehub.testing.traffic import traffic

_BATCH = 200
_LOOK_S = 0.2
_STALLED_S = 30.0
_PUBLICATIONS = 10

Show = Callable[[Account, Seen], None]


@dataclass(slots=True)
class Rehearsal:
    """A stage that is set: the hub's settings, its log, the systems' ledger, and the account."""

    settings: Settings
    settings_file: Path
    bus: Bus
    ledger: Ledger
    account: Account
    observer: Observer

    async def publish(self, count: int, seed: int) -> None:
        """Publish seeded traffic, in batches."""
        batch: list[Record] = []
        for sent in traffic(count, seed):
            topic = topics.raw(sent.category, sent.connection)
            batch.append(Record(topic, sent.key, sent.value))
            self.account.publish(sent.category, sent.connection, sent.truths)
            if len(batch) == _BATCH:
                await self.bus.publish(batch)
                batch = []
        await self.bus.publish(batch)

    def let_systems_publish(self, count: int, seed: int) -> None:
        """Give the laboratory and the credit system something to be asked for."""
        found: list[Publication] = [*reports(count, seed), *changes(count, seed)]
        for each in found:
            self.ledger.publish(each.connection, [each.value])
            self.account.publish(each.category, each.connection, each.truths)

    async def finished(self, show: Show, *, stalled_s: float = _STALLED_S) -> Seen:
        """Watch until all is there that is due, or nothing has moved for `stalled_s` seconds."""
        last, moved = (-1, -1), time.monotonic()
        while True:
            seen = await self.observer.look()
            show(self.account, seen)
            now = (seen.published, len(seen.receipts) + len(seen.failed))
            if now != last:
                last, moved = now, time.monotonic()
            if self.account.complete(seen) or time.monotonic() - moved > stalled_s:
                return seen
            await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def stage(
    directory: Path, bus: Mapping[str, Any], *, deduplicate: bool = True
) -> AsyncIterator[Rehearsal]:
    """Set the stage in a folder: systems running in this process, settings written, topics made."""
    async with scene(directory, bus, deduplicate=deduplicate) as set_up:
        settings, path, log, catalogue, ledger, _ = set_up
        models = settings.models()
        observer = Observer(log, catalogue, models)
        yield Rehearsal(settings, path, log, ledger, Account(models), observer)


async def perform(rehearsal: Rehearsal, count: int, seed: int, show: Show) -> dict[str, Any]:
    """Run the hub in this process, publish, watch, and give the summary."""
    began = time.monotonic()
    edges = Edges(silent())
    hub = asyncio.create_task(run(rehearsal.settings, SERVICES, edges))
    rehearsal.let_systems_publish(min(_PUBLICATIONS, count), seed)
    publishing = asyncio.create_task(rehearsal.publish(count, seed))
    watching = asyncio.create_task(_watched(rehearsal, publishing, show))
    try:
        await asyncio.wait({hub, watching}, return_when=asyncio.FIRST_COMPLETED)
        if hub.done():
            hub.result()
        seen = await watching
    finally:
        edges.stopping.set()
        for task in (publishing, watching):
            task.cancel()
        await asyncio.wait({hub})
    summary = rehearsal.account.summary(seen, rehearsal.ledger)
    return {**summary, "wall_s": round(time.monotonic() - began, 2)}


async def _watched(rehearsal: Rehearsal, publishing: asyncio.Task[None], show: Show) -> Seen:
    while not publishing.done():
        show(rehearsal.account, await rehearsal.observer.look())
        await asyncio.sleep(_LOOK_S)
    publishing.result()
    return await rehearsal.finished(show)
