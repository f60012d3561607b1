"""The run: set the stage on a cluster, publish, cause faults, wait for rest, check, report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tracehub.testing.account import due
from tracehub.testing.faults.causing import Causing
from tracehub.testing.faults.plan import plan
from tracehub.testing.faults.report import Measured, report
from tracehub.testing.faults.stage import Run, on, staged
from tracehub.testing.kafka import cluster
from tracehub.testing.processes import Supervisor


class Size(NamedTuple):
    """How much of everything a run has."""

    events: int
    kills: int
    broker_faults: int
    destination_faults: int


async def perform(
    directory: Path, size: Size, seed: int, show: Callable[[str], None]
) -> Mapping[str, Any]:
    """One whole run; returns the report."""
    with cluster(3) as kafka:
        async with staged(directory, on(kafka), seed) as (run, supervisor, systems):
            causing = Causing(kafka, supervisor, systems, run.flood)
            faults = plan(
                seed,
                kills=size.kills,
                broker_faults=size.broker_faults,
                destination_faults=size.destination_faults,
            )
            loop = asyncio.get_running_loop()
            begun = loop.time()
            watching = asyncio.create_task(run.watch())
            telling = asyncio.create_task(_tell(run, causing, show, begun))
            async with asyncio.TaskGroup() as group:
                group.create_task(run.publish(size.events))
                group.create_task(causing.follow(faults))
            healed = loop.time()
            at_rest = await run.rest(_due(run))
            watching.cancel()
            telling.cancel()
            measured = Measured(
                round(loop.time() - begun, 1),
                round(loop.time() - healed, 1),
                not at_rest,
                dict(supervisor.falls),
                round(max(each.measure() for each in supervisor.members)),
            )
            await _stop(supervisor, causing)
            return await report(run, causing, directory, measured)


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
                key, receivers = due(sending.category, sending.connection, truth, models)
                pairs[key] = len(receivers)
    return sum(pairs.values())


async def _stop(supervisor: Supervisor, causing: Causing) -> None:
    for member in supervisor.members:
        if not member.fell:
            causing.endings.append(await member.end())
