"""The run: set the stage on a cluster, publish, cause faults, wait for rest, check, report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from math import inf
from pathlib import Path
from typing import Any

from tracehub.testing.faults.causing import Causing, Reach
from tracehub.testing.faults.plan import Size, plan
from tracehub.testing.faults.report import Measured, report
from tracehub.testing.faults.stage import SERVICES, Cast, Run, on, reached_by, staged
from tracehub.testing.kafka import cluster
from tracehub.testing.processes import Supervisor
from tracehub.testing.proxy import proxied_all
from tracehub.testing.stepped_clock import SteppedClock


async def perform(
    directory: Path, size: Size, seed: int, show: Callable[[str], None], seconds: float = inf
) -> Mapping[str, Any]:
    """One whole run; returns the report.

    Args:
        directory: where everything is kept, logs among it.
        size: how much of everything.
        seed: decides traffic and faults.
        show: told of the progress, a line at a time.
        seconds: after so many nothing new is begun; then the hub comes to rest and is checked.

    Raises:
        UnavailableError: Kafka, or what steps a clock, is not here.
    """
    clocks = [SteppedClock(directory / f"clock-{number}") for number, _ in enumerate(SERVICES)]
    async with AsyncExitStack() as stack:
        kafka = stack.enter_context(cluster(3, ways=len(SERVICES)))
        ways = [
            await stack.enter_async_context(proxied_all(kafka.way(number), seed))
            for number, _ in enumerate(SERVICES)
        ]
        environments = [
            {**clock.environment, **reached_by(way)}
            for clock, way in zip(clocks, ways, strict=True)
        ]
        setting = staged(directory, on(kafka), seed, Cast(environments=environments))
        stage = await stack.enter_async_context(setting)
        causing = Causing(kafka, stage, Reach(ways, clocks))
        measured = await _played(stage.run, causing, size, show, seconds)
        await _stop(stage.supervisor, causing)
        return await report(stage.run, causing, directory, measured)


async def _played(
    run: Run, causing: Causing, size: Size, show: Callable[[str], None], seconds: float
) -> Measured:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    watching = asyncio.create_task(run.watch())
    telling = asyncio.create_task(_tell(run, causing, show, begun))
    try:
        async with asyncio.TaskGroup() as group:
            faults = group.create_task(causing.follow(plan(run.seed, size), begun + seconds))
            await run.publish(size.events, begun + seconds)
            await run.trickle(faults.done)
        healed = loop.time()
        await run.close()
        at_rest = await run.rest()
    finally:
        watching.cancel()
        telling.cancel()
    supervisor = causing.stage.supervisor
    return Measured(
        round(loop.time() - begun, 1),
        round(loop.time() - healed, 1),
        not at_rest,
        dict(supervisor.falls),
        round(max(each.measure() for each in supervisor.members)),
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


async def _stop(supervisor: Supervisor, causing: Causing) -> None:
    for member in supervisor.members:
        if not member.fell:
            causing.endings.append(await member.end())
