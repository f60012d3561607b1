"""Switches: several members at once, each slow where it likes, judge no offset by two editions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from tests.unit.services.test_switches import LOG, PARTITION, RAW, Member, append, version
from tracehub.app import Judgement
from tracehub.bus.port import Bus, Subscription, TopicSpec
from tracehub.catalogue.edition import Edition
from tracehub.errors import RetryError
from tracehub.model.record import Placed, Position, Received, Record
from tracehub.services.editions import publish_list


class Halting:
    """A log on which every step may take any time, by chance of a seed."""

    def __init__(self, bus: Bus, chance: random.Random) -> None:
        self._bus = bus
        self._chance = chance

    async def _halt(self) -> None:
        for _ in range(self._chance.randrange(6)):
            await asyncio.sleep(0)

    async def publish(self, records: Sequence[Record]) -> None:
        await self._halt()
        await self._bus.publish(records)
        await self._halt()

    async def publish_placed(self, placed: Placed) -> None:
        await self._bus.publish_placed(placed)

    async def append(self, records: Sequence[Record]) -> Sequence[Position]:
        return await self._bus.append(records)

    def subscribe(
        self, topics: Sequence[str], *, group: str
    ) -> AbstractAsyncContextManager[Subscription]:
        return self._bus.subscribe(topics, group=group)

    async def ensure(self, topics: Sequence[TopicSpec]) -> None:
        await self._bus.ensure(topics)

    async def ends(self, topic: str) -> tuple[int, ...]:
        await self._halt()
        found = await self._bus.ends(topic)
        await self._halt()
        return found

    async def ends_of(self, topics: Collection[str]) -> Mapping[str, tuple[int, ...]]:
        await self._halt()
        found = await self._bus.ends_of(topics)
        await self._halt()
        return found

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Received]:
        await self._halt()
        found = await self._bus.read(topic, partition, offset, limit)
        await self._halt()
        return found


async def _go_on(
    own: Member, log: Halting, chance: random.Random, judgements: dict[int, set[str]]
) -> None:
    """Read, judge and publish some batches, whoever does so too."""
    position = 0
    for _ in range(12):
        await asyncio.sleep(chance.choice((0.0, 0.02)))  # others go on meanwhile
        if chance.random() < 0.4:
            await own.editions.look()
        end = (await log.ends(RAW))[PARTITION]
        own.heard[RAW, PARTITION] = end
        first = max(0, position - chance.randrange(4))
        found = await log.read(RAW, PARTITION, first, chance.randrange(1, 6))
        if not found:
            continue
        if chance.random() < 0.5:
            await own.switches.read(found)
        by = await own.judge(found)
        try:
            await own.switches.sure([found])
        except RetryError:
            continue  # nothing was published: it is read again
        for offset, edition in by.items():
            judgements.setdefault(offset, set()).add(edition)
        position = min(end, found[-1].offset + 1)


@pytest.mark.parametrize("seed", range(12))
async def test_members_when_several_go_on_at_once_never_judge_an_offset_by_two_editions(
    bus: Bus, judged: Judgement, seed: int
) -> None:
    # Three members all believe that the partition is theirs: the worst that a zombie can do.
    chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
    await append(bus, 1)
    judgements: dict[int, set[str]] = {}
    editions: list[Edition] = []

    async def member(name: str) -> None:
        log = Halting(bus, chance)
        await _go_on(Member(log, judged, name), log, chance, judgements)

    async def publishers() -> None:
        for number in range(6):
            await append(bus, chance.randrange(1, 5))
            editions.append(await publish_list(bus, version(number), judged.normaliser, LOG))
            await asyncio.sleep(chance.choice((0.0, 0.02, 0.04)))

    await asyncio.gather(*(member(name) for name in "abc"), publishers())
    assert len(editions) == 6
    assert {offset: each for offset, each in judgements.items() if len(each) != 1} == {}
    heir = Member(bus, judged, "heir")
    end = (await bus.ends(RAW))[PARTITION]
    again = await heir.judge(await bus.read(RAW, PARTITION, 0, end))
    assert {offset: {again[offset]} for offset in judgements} == judgements
