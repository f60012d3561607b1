"""A refused delivery is put back, by request, twice: it has its effect once."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx2

from tests.e2e.test_bad_input import RAW, good
from tracehub.app import Edges, registered, run
from tracehub.avro.codec import read_record
from tracehub.bus import topics
from tracehub.model.record import Record
from tracehub.services.replay import Filter, Found, ask, letters
from tracehub.services.waiting import whole
from tracehub.telemetry.log import silent
from tracehub.testing.rehearsal import Rehearsal, stage

SQLITE = {"engine": "sqlite", "path": "hub.db", "partitions": 2}
RECEIVER = "provincial/guangdong"


async def told(rehearsal: Rehearsal, mode: str) -> None:
    url = rehearsal.settings.connections[RECEIVER].url
    async with httpx2.AsyncClient() as client:
        await client.put(f"{url}/_faults", json={"mode": mode})


async def found(rehearsal: Rehearsal) -> list[Found]:
    catalogue = (await registered(rehearsal.settings)).catalogue
    return list(
        await letters(rehearsal.bus, catalogue, [RECEIVER], Filter(stage="deliver"), silent())
    )


async def statuses(rehearsal: Rehearsal, count: int) -> Counter[str]:
    """What became of each try, once there are so many receipts."""
    catalogue = (await registered(rehearsal.settings)).catalogue
    topic = topics.receipt(RECEIVER)
    async with asyncio.timeout(200):
        while sum(await rehearsal.bus.ends(topic)) < count:
            await asyncio.sleep(0.05)
    return Counter(
        [read_record(each.value, catalogue)["status"] async for each in whole(rehearsal.bus, topic)]
    )


async def test_delivery_when_put_back_twice_has_its_effect_once(tmp_path: Path) -> None:
    async with stage(tmp_path, SQLITE) as rehearsal:
        edges = Edges(silent())
        hub = asyncio.create_task(run(rehearsal.settings, ["exchange", "deliver"], edges))
        await told(rehearsal, "refuse")
        await rehearsal.bus.publish([Record(RAW, b"", good(1), (), 0)])
        assert await statuses(rehearsal, 1) == {"dead_lettered": 1}
        (lying,) = await found(rehearsal)
        await ask(rehearsal.bus, [lying], "li.wei", 1)
        assert await statuses(rehearsal, 2) == {"dead_lettered": 2}
        (again,) = await found(rehearsal)
        assert (again.letter.id, again.letter.attempts) == (lying.letter.id, 2)
        assert again.letter.first_at == lying.letter.first_at
        await told(rehearsal, "none")
        await ask(rehearsal.bus, [again], "li.wei", 2)
        await ask(rehearsal.bus, [again], "wang.fang", 3)
        assert await statuses(rehearsal, 4) == {
            "dead_lettered": 2,
            "delivered": 1,
            "repeated": 1,
        }
        edges.stopping.set()
        await hub
        counts = rehearsal.ledger.counts(RECEIVER)
        assert (counts.effects, counts.duplicate_effects) == (1, 0)
