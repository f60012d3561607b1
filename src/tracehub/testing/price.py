"""The price of an event on this machine, lane by lane, without a broker.

The exchange's own work is measured without a log; what a log costs is measured once, on the
embedded one, from `raw.*` to `deliver.*`. Must not know what follows from it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tracehub.app import Edges, open_bus, run, topic_specs
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError
from tracehub.model.record import Record
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.load import Format, Load
from tracehub.testing.load_hub import FOUR, NATIONAL, Shape, eight, make_load, settings_tree
from tracehub.testing.offline import Offline, batches

_BATCH: Final = 1000
_LOOK_S: Final = 0.02
_STALLED_S: Final = 20.0
_FROM: Final = 0.2
_WARM: Final = 5
"""One event in so many is judged beforehand, and not counted."""


class Lane(NamedTuple):
    """One way through the exchange.

    Attributes:
        written: how its events are written.
        publisher: the connection that publishes them.
        trusted: it is another hub.
        slower: how many times fewer events are enough.
    """

    written: Format
    publisher: str
    trusted: bool = False
    slower: int = 1

    @property
    def shape(self) -> Shape:
        """A hub with this publisher."""
        categories: Sequence[str] = FOUR if self.trusted else NATIONAL
        if self.written == "mapped":
            categories = ("food",)
        return Shape(self.publisher, categories, eight())

    def settings(self, bus: Mapping[str, object]) -> Settings:
        """Settings of that hub on a log."""
        return Settings.model_validate(settings_tree(self.shape, bus, trusted=self.trusted))


LANES: Final = {
    "pass": Lane("canonical", "third-party/hub", trusted=True),
    "canonical-untrusted": Lane("canonical", "third-party/canonical", slower=3),
    "epcis-json": Lane("epcis-json", "third-party/json", slower=4),
    "epcis-xml": Lane("epcis-xml", "third-party/xml", slower=5),
    "mapped-json": Lane("mapped", "inspection/laboratory-in", slower=4),
}


class Price(NamedTuple):
    """What one event of a lane costs.

    Attributes:
        decide_us: CPU time to judge and route it.
        stored_bytes: what it leaves on all topics together.
    """

    decide_us: float
    stored_bytes: float


async def price(lane: Lane, events: int) -> Price | None:
    """Judge a load and count; None when the lane's connector is not installed."""
    try:
        load = make_load(lane.shape, lane.written)
        offline = Offline(lane.settings({"engine": "sqlite"}))
    except ConfigError:
        return None
    work = list(batches(load, events, _BATCH))
    for batch in work[: max(1, len(work) // _WARM)]:
        await offline.take(batch)
    first = offline.bus.bytes
    begun = time.process_time()
    for batch in work:
        await offline.take(batch)
    spent = time.process_time() - begun
    raw = sum(len(each.key) + len(each.value) for batch in work for each in batch)
    return Price(spent / events * 1e6, (raw + offline.bus.bytes - first) / events)


async def price_of_log(decide_us: float, events: int) -> float:
    """CPU time of the embedded log for one event of the pass-through lane."""
    lane = LANES["pass"]
    load = make_load(lane.shape, lane.written)
    with tempfile.TemporaryDirectory(prefix="tracehub-bench-") as folder:
        path = str(Path(folder) / "log.db")
        settings = lane.settings({"engine": "sqlite", "path": path, "partitions": 4})
        edges = Edges(silent())
        async with open_bus(settings, edges.clock) as bus:
            await bus.ensure(topic_specs(settings))
            await _publish(bus, load, events)
            due = {topic: each.count for topic, each in load.due().items()}
            hub = asyncio.create_task(run(settings, ("exchange",), edges))
            try:
                spent_us = await _spent_us(bus, due, hub, events)
            finally:
                edges.stopping.set()
                await hub
    return max(0.0, spent_us - decide_us)


async def _publish(bus: Bus, load: Load, events: int) -> None:
    batch: list[Record] = []
    for written in load.records(events):
        topic = load.templates[written.template].topic
        batch.append(Record(topic, written.key, written.value))
        if len(batch) == _BATCH:
            await bus.publish(batch)
            batch = []
    await bus.publish(batch)


async def _spent_us(
    bus: Bus, due: Mapping[str, int], hub: asyncio.Task[None], events: int
) -> float:
    """CPU time of this process for one event, from a fifth of the outputs to the last."""
    total, looks, moved = sum(due.values()), [(0, 0.0)], time.monotonic()
    while looks[-1][0] < total and not hub.done():
        there = sum([sum(await bus.ends(topic)) for topic in due])
        if there > looks[-1][0]:
            looks.append((there, time.process_time()))
            moved = time.monotonic()
        elif time.monotonic() - moved > _STALLED_S:
            raise ConfigError(f"the exchange stands still at {there} of {total} outputs")
        await asyncio.sleep(_LOOK_S)
    first = next((each for each in looks[1:] if each[0] >= total * _FROM), looks[-1])
    done = max(1, looks[-1][0] - first[0]) / total * events
    return (looks[-1][1] - first[1]) / done * 1e6


async def prices(events: int, show: Callable[[str], None]) -> tuple[Mapping[str, Price], float]:
    """Every lane's price, and the log's for one event."""
    found = {}
    for name, lane in LANES.items():
        show(name)
        priced = await price(lane, max(100, events // lane.slower))
        if priced is not None:
            found[name] = priced
    show("embedded log")
    return found, await price_of_log(found["pass"].decide_us, events)
