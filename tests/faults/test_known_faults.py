"""The checker can fail: a hub with a known fault is caught, and the same hub without it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tracehub.testing.faults.checker import anomalies
from tracehub.testing.faults.stage import Cast, Run, staged

BROKEN = Path(__file__).with_name("broken_hub.py")
EMBEDDED = {"engine": "sqlite", "path": "hub.db", "partitions": 4}
EVENTS = 1500


def cast(faults: str) -> Cast:
    return Cast(("exchange", "deliver"), (str(BROKEN), faults))


async def found_in(run: Run) -> Mapping[str, Sequence[str]]:
    """What is found once nothing moves: a broken hub may never deliver all that is due."""
    await run.rest(stuck_s=12)
    await run.read([])
    return anomalies(run.history, run.settings.models())


@pytest.mark.parametrize("fault", ["commit-first", "never-the-last"])
async def test_hub_when_it_may_lose_records_is_caught(tmp_path: Path, fault: str) -> None:
    async with staged(tmp_path, EMBEDDED, 3, cast(fault)) as (run, supervisor, _, _):
        exchange = supervisor.members[0]
        run.batch, run.ahead = 250, 4000
        watching = asyncio.create_task(run.watch())
        publishing = asyncio.create_task(run.publish(3 * EVENTS))
        for number in range(1, 6):
            while run.progress.judged < number * EVENTS // 2 and not publishing.done():
                await asyncio.sleep(0.02)
            await exchange.kill()
            await exchange.start()
        await publishing
        found = await found_in(run)
        watching.cancel()
    assert found["lost"]
    assert not found["duplicate-effect"]


@pytest.mark.parametrize(
    ("faults", "caught"),
    [
        ("repeats", set()),
        ("repeats+dedupe-off", {"duplicate-effect"}),
        ("markers-off", {"unmarked"}),
    ],
)
async def test_hub_when_it_does_not_see_repeats_or_tell_ends_is_caught(
    tmp_path: Path, faults: str, caught: set[str]
) -> None:
    # The systems apply whatever they are handed: only the hub can tell a repeat on the log.
    setting = staged(tmp_path, EMBEDDED, 4, cast(faults), deduplicate=False)
    async with setting as (run, _, _, _):
        run.repeated = 0.0
        run.batch, run.ahead = 250, 4000
        watching = asyncio.create_task(run.watch())
        await run.publish(EVENTS)
        await run.close()
        found = await found_in(run)
        watching.cancel()
    assert {name for name, texts in found.items() if texts} == caught
