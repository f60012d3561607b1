"""A full disk under the embedded log: nothing is acknowledged that is not there, and it heals."""

from __future__ import annotations

import asyncio
import resource
from functools import partial
from pathlib import Path

from tracehub.testing.faults.checker import ANOMALIES, anomalies
from tracehub.testing.faults.stage import Cast, staged
from tracehub.testing.processes import Member

EMBEDDED = {"engine": "sqlite", "path": "hub.db", "partitions": 4}
FULL = 64 * 1024
"""No file of the process may grow beyond: its log's journal is longer, and its page is not."""


def allow(member: Member, size: int) -> None:
    """Let a process write so far into any file; further is an error, as on a full disk."""
    resource.prlimit(member.running.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _failed(log: Path) -> bool:
    """True when a service could not write."""
    return "publish_failed" in log.read_text("utf-8")


async def test_hub_when_its_disk_is_full_waits_and_loses_nothing(tmp_path: Path) -> None:
    cast = Cast(("exchange", "deliver"))
    async with staged(tmp_path, EMBEDDED, 5, cast) as (run, supervisor, _, _):
        watching = asyncio.create_task(run.watch())
        publishing = asyncio.create_task(run.publish(2500))
        for number, member in enumerate(supervisor.members, 1):
            while run.progress.receipts < 300 * number:
                await asyncio.sleep(0.02)
            log = tmp_path / f"{member.service}-{number - 1}.log"
            allow(member, FULL)
            await run.trickle(partial(_failed, log))
            allow(member, resource.RLIM_INFINITY)
        await publishing
        await run.close()
        assert await run.rest()
        watching.cancel()
        await run.read([])
        found = anomalies(run.history, run.settings.models())
        assert not supervisor.falls, supervisor.falls
    assert {name: len(texts) for name, texts in found.items()} == dict.fromkeys(ANOMALIES, 0)
