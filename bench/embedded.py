"""The embedded log: from `raw.*` to `deliver.*` without a broker, every batch durable."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.bench import Bench
from bench.contender import compare
from bench.figures import Figures, spread, void
from bench.hub import write_settings
from bench.process import Measured, running
from bench.rounds import show
from tracehub.app import Edges, open_bus, topic_specs
from tracehub.bus.port import Bus
from tracehub.model.record import Record
from tracehub.services.waiting import stretch
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.load import Load, Tally
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load, settings_tree

_BATCH: Final = 1000
_FROM: Final = 0.2
_TO: Final = 0.95
_DEADLINE_S: Final = 90.0


def embedded(bench: Bench) -> Sequence[Figures]:
    """Events a second on one machine, and what each costs."""
    rates, costs = [], []
    for number in range(bench.rounds):
        folder = bench.folder / f"sqlite-{number}"
        rate, cost, peak_mib, wrong = asyncio.run(_round(folder, bench.events // 2))
        show(f"sqlite {number}: {rate:.0f}/s, {cost:.1f} us {wrong}")
        if wrong:
            return [void("sqlite", "exchange", wrong)]
        rates.append(rate)
        costs.append(cost)
    return [
        Figures(
            "sqlite",
            "exchange",
            cpu_us=spread(costs),
            events_per_s=round(spread(rates).median),
            rss_mib=round(peak_mib, 1),
            rounds=bench.rounds,
        )
    ]


async def _round(folder: Path, events: int) -> tuple[float, float, float, str]:
    """Events a second, CPU in microseconds, peak MiB, and what was wrong."""
    shape = Shape("third-party/hub", FOUR, eight())
    log = {"engine": "sqlite", "path": str(folder / "log.db"), "partitions": 4}
    path = write_settings(folder / "hub.yaml", settings_tree(shape, log, trusted=True))
    settings = load_settings(path)
    load = make_load(shape, "canonical")
    async with open_bus(settings, Edges(silent()).clock) as bus:
        await bus.ensure(topic_specs(settings))
        await fill(bus, load, events)
        due = load.due()
        command = (sys.executable, "-m", "tracehub", "run", "exchange", "-c", str(path))
        with running(command, {}, folder / "exchange.log") as process:
            total = sum(each.count for each in due.values())
            rate, cost = await reached(process, bus, list(due), events, total)
            process.end()
        wrong = compare(due, await tallies(bus, list(due)), "values")
    return rate, cost, process.peak_mib, wrong


async def fill(bus: Bus, load: Load, events: int) -> None:
    """Publish a load as fast as the log takes it."""
    batch = []
    for written in load.records(events):
        topic = load.templates[written.template].topic
        batch.append(Record(topic, written.key, written.value))
        if len(batch) == _BATCH:
            await bus.publish(batch)
            batch = []
    await bus.publish(batch)


async def reached(
    process: Measured, bus: Bus, names: Sequence[str], events: int, total: int
) -> tuple[float, float]:
    """Events a second and CPU in microseconds for one, until `total` outputs are there."""
    marks: list[tuple[float, float, int]] = []
    limit = time.monotonic() + _DEADLINE_S
    while time.monotonic() < limit and not process.ended:
        there = sum([sum(await bus.ends(name)) for name in names])
        marks.append((time.monotonic(), process.cpu_s(), there))
        process.rss_mib()
        if there >= total:
            break
        await asyncio.sleep(0.05)
    first = next((each for each in marks if each[2] >= total * _FROM), marks[0])
    last = next((each for each in marks if each[2] >= total * _TO), marks[-1])
    done = (last[2] - first[2]) / total * events
    if done <= 0:
        return 0.0, 0.0
    return done / (last[0] - first[0]), (last[1] - first[1]) / done * 1e6


async def tallies(bus: Bus, names: Sequence[str]) -> dict[str, Tally]:
    """What lies on topics."""
    found: dict[str, Tally] = {}
    for name in names:
        tally = found[name] = Tally()
        for partition, end in enumerate(await bus.ends(name)):
            async for received in stretch(bus, name, partition, 0, end):
                if received.key or received.value:
                    tally.add(received.key, received.value)
    return found
