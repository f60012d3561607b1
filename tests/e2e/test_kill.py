"""kill -9 in the middle of the work: nothing is lost, nothing has its effect twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Section, services
from tracehub.testing.account import Account
from tracehub.testing.observer import Seen
from tracehub.testing.rehearsal import stage

EVENTS = 20_000
KILLS = 4


@pytest.mark.timeout(480)
async def test_hub_when_killed_in_the_middle_loses_nothing_and_repeats_no_effect(
    tmp_path: Path, log_section: Section
) -> None:
    async with (
        stage(tmp_path, log_section) as rehearsal,
        services(rehearsal.settings_file, "exchange", "deliver", "collect") as running,
    ):
        rehearsal.let_systems_publish(20, seed=5)
        publishing = asyncio.create_task(rehearsal.publish(EVENTS, seed=5))
        killing = asyncio.create_task(_kill_on_the_way(rehearsal.observer.seen, running.kill))
        await publishing
        seen = await rehearsal.finished(_nothing_shown, stalled_s=60)
        await killing
        summary = rehearsal.account.summary(seen, rehearsal.ledger)
    assert running.kills == 2 * KILLS
    assert summary["adds_up"], summary
    assert summary["published"] >= EVENTS


async def _kill_on_the_way(seen: Seen, kill: Callable[[str], Awaitable[None]]) -> None:
    """Kill exchange, then deliver, each time another part of the events has been delivered."""
    for number in range(1, KILLS + 1):
        arrivals = {"exchange": seen.canonical, "deliver": seen.receipts}
        for service, arrived in arrivals.items():
            while len(arrived) < number * EVENTS // (KILLS + 2):
                await asyncio.sleep(0.01)
            await kill(service)


def _nothing_shown(_account: Account, _seen: Seen) -> None:
    return


async def test_systems_when_they_do_not_deduplicate_show_a_second_effect(tmp_path: Path) -> None:
    bus = {"engine": "sqlite", "path": "hub.db", "partitions": 2}
    async with (
        stage(tmp_path, bus, deduplicate=False) as rehearsal,
        services(rehearsal.settings_file, "exchange", "deliver") as _running,
    ):
        # The traffic itself repeats some documents, as publishers do; nobody recognises them here.
        await rehearsal.publish(1500, seed=5)
        seen = await rehearsal.finished(_nothing_shown)
        summary = rehearsal.account.summary(seen, rehearsal.ledger)
    assert summary["duplicate_effects"] > 0
    assert not summary["adds_up"]
    assert summary["lost"] == 0
