"""Switches: when the log is asked, and that nothing is judged on an answer that came too early."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

from tests.unit.services.test_switches import (
    LOG,
    PARTITION,
    RAW,
    Halting,
    Member,
    append,
    batch,
    version,
)
from tracehub.app import Judgement
from tracehub.bus.port import Bus
from tracehub.services.editions import publish_list

PLACE = RAW, PARTITION


class Interrupted(Halting):
    """A log that counts questions about ends; after the next answer something else comes first."""

    def __init__(self, bus: Bus) -> None:
        super().__init__(bus, random.Random(1))  # noqa: S311 - a schedule, no secret
        self.asked = 0
        self.then: Callable[[], Awaitable[None]] | None = None

    async def ends(self, topic: str) -> tuple[int, ...]:
        found = await super().ends(topic)
        self.asked += 1
        if self.then is not None:
            then, self.then = self.then, None
            await then()
        return found


async def test_log_when_a_backlog_is_judged_is_asked_once_for_all_that_is_known_to_lie_there(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 10)
    log = Interrupted(bus)
    member = Member(log, judged, "a")
    member.heard[PLACE] = 10
    await member.judge(batch(0, 0))
    first = log.asked
    for offset in range(1, 10):
        await member.judge(batch(offset, offset))
    assert log.asked == first
    await append(bus, 1)
    await member.judge(batch(9, 10))
    assert log.asked == first + 1


async def test_log_when_several_partitions_lie_in_hand_is_asked_once_for_all(
    bus: Bus, judged: Judgement
) -> None:
    log = Interrupted(bus)
    member = Member(log, judged, "a")
    for partition in range(3):
        await member.judge([each._replace(partition=partition) for each in batch(0, 0)])
    first = log.asked
    member.heard |= {(RAW, partition): 6 for partition in range(3)}
    for partition in range(3):
        await member.judge([each._replace(partition=partition) for each in batch(1, 5)])
    assert log.asked == first + 1


async def test_switch_when_made_after_the_answer_holds_for_what_is_heard_of_meanwhile(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 11)
    log = Interrupted(bus)
    slow, quick = Member(log, judged, "slow"), Member(bus, judged, "quick")
    before = (await slow.judge(batch(0, 9)))[0]
    slow.heard[PLACE] = 11

    async def switch() -> None:
        await publish_list(bus, version(1), judged.normaliser, LOG)
        await quick.editions.look()
        await quick.judge(batch(10, 10))
        await append(bus, 5)
        slow.heard[PLACE] = 16

    log.then = switch
    assert (await slow.judge(batch(10, 10)))[10] == before
    found = await slow.judge(batch(11, 15))
    assert before not in found.values()
    assert found == await quick.judge(batch(11, 15))
