"""Scaling: two processes against one, and a counted model of up to 64.

Offline (no broker, so that nothing is shared but the machine), then on Kafka with `--workers`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from typing import Final

from bench.bench import Bench
from bench.contender import perform
from bench.figures import Figures, spread, void
from bench.hub import exchange
from bench.lanes import standard
from bench.rounds import show
from tracehub.settings import Settings
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load, settings_tree
from tracehub.testing.offline import Offline, batches

_BATCH: Final = 1000
_ONCE: Final = 10_000
_ROUNDS: Final = 3


def offline(bench: Bench) -> Sequence[Figures]:
    """The rate of one process and of two, each with work of its own."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    for number in range(bench.rounds):
        for processes in (1, 2) if number % 2 else (2, 1):
            rates[processes].append(
                _together(processes, max(1, bench.events // 2 // _ONCE) * _ONCE)
            )
            show(f"offline, {processes} processes: {rates[processes][-1]:.0f}/s")
    gains = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
    return [
        Figures(
            "offline",
            f"{processes} process{'es' if processes > 1 else ''}",
            events_per_s=round(statistics.median(each)),
            rounds=bench.rounds,
            more={"times_one": round(statistics.median(gains), 3)} if processes > 1 else {},
        )
        for processes, each in rates.items()
    ]


def _together(processes: int, events: int) -> float:
    """Events a second of some processes that begin at the same moment."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    with context.Pool(processes, _prepare, (barrier,)) as pool:
        spans = pool.map(_drive, [events] * processes, chunksize=1)
    begun, ended = min(each[0] for each in spans), max(each[1] for each in spans)
    return processes * events / (ended - begun)


_BARRIER: list[object] = []


def _prepare(barrier: object) -> None:
    _BARRIER.append(barrier)


def _drive(events: int) -> tuple[float, float]:
    """Judge events; when it began and ended, by the machine's own clock."""
    shape = Shape("third-party/hub", FOUR, eight())
    settings = Settings.model_validate(settings_tree(shape, {"engine": "sqlite"}, trusted=True))
    load = make_load(shape, "canonical")
    inputs = list(batches(load, _ONCE, _BATCH))

    async def drive() -> None:
        for _ in range(events // _ONCE):
            lane = Offline(settings)
            for batch in inputs:
                await lane.take(batch)

    _BARRIER[0].wait()  # type: ignore[attr-defined]  # a barrier of multiprocessing
    begun = time.monotonic()
    asyncio.run(drive())
    return begun, time.monotonic()


def workers(bench: Bench) -> Sequence[Figures]:
    """One process of the exchange and two, on Kafka, on the same machine as the broker."""
    filled = standard(bench)
    bench = bench._replace(rounds=min(bench.rounds, _ROUNDS))
    found: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
    for number in range(bench.rounds):
        for count in (1, 2) if number % 2 else (2, 1):
            options = ("--workers", str(count))
            name = f"{count} process{'es' if count > 1 else ''}"
            hub = exchange(
                bench.folder, bench.broker, filled, "workers", name, trusted=True, options=options
            )
            result = perform(hub, bench.broker, bench.folder / "workers.log")
            show(f"workers {count}: {result.wrong or f'{result.events_per_s:.0f}/s'}")
            if result.wrong:
                return [void("workers", name, result.wrong)]
            found[count].append((result.cpu_us, result.events_per_s, result.rss_mib))
    gains = [two[1] / one[1] for one, two in zip(found[1], found[2], strict=True)]
    return [
        Figures(
            "workers",
            f"{count} process{'es' if count > 1 else ''}",
            cpu_us=spread([cost for cost, _, _ in each]),
            events_per_s=round(statistics.median([rate for _, rate, _ in each])),
            rss_mib=round(max(mib for _, _, mib in each), 1),
            rounds=bench.rounds,
            more={"times_one": round(statistics.median(gains), 3)} if count > 1 else {},
        )
        for count, each in found.items()
    ]
