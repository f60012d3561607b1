"""Switches: when the log is asked, and that nothing is judged on an answer that came too early."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from tests.unit.services.test_switches import (
    LOG,
    PARTITION,
    RAW,
    Member,
    append,
    batch,
    version,
)
from tests.unit.services.test_switches_several import Halting
from tracehub.app import Judgement
from tracehub.bus.port import Bus
from tracehub.errors import RetryError
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


async def test_batch_when_read_ahead_is_judged_before_the_answer_and_is_sure_after_it(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 2)
    log, answer = Interrupted(bus), asyncio.Event()
    member = Member(log, judged, "a")
    before = (await member.judge(batch(0, 0)))[0]
    asked, log.then = log.asked, lambda: _until(answer)
    await member.switches.read(batch(1, 1))
    assert await member.judge(batch(1, 1)) == {1: before}
    sure = asyncio.create_task(member.switches.sure([batch(1, 1)]))
    await asyncio.sleep(0.05)
    assert not sure.done()
    answer.set()
    await asyncio.wait_for(sure, 60)
    assert log.asked == asked + 1


async def _until(answer: asyncio.Event) -> None:
    await answer.wait()


async def test_batch_when_the_answer_tells_of_another_edition_is_judged_again(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 10)
    slow, quick = Member(bus, judged, "slow"), Member(bus, judged, "quick")
    before = (await slow.judge(batch(0, 9)))[0]
    await publish_list(bus, version(1), judged.normaliser, LOG)
    await quick.editions.look()
    await quick.judge(batch(9, 9))
    await append(bus, 5)
    await slow.switches.read(batch(8, 14))
    assert {*(await slow.judge(batch(8, 14))).values()} == {before}
    with pytest.raises(RetryError, match="another edition"):
        await slow.switches.sure([batch(8, 14)])
    found = await slow.judge(batch(8, 14))
    await slow.switches.sure([batch(8, 14)])
    assert found == await quick.judge(batch(8, 14))
    assert [offset for offset, each in found.items() if each == before] == [8, 9]


async def test_batch_when_nothing_answers_its_question_is_asked_about_once_more(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 2)
    log = Interrupted(bus)
    member = Member(log, judged, "a")
    await member.judge(batch(0, 0))
    asked = log.asked

    async def silent() -> None:
        raise RetryError("not now")

    log.then = silent
    await member.switches.read(batch(1, 1))
    await member.judge(batch(1, 1))
    with pytest.raises(RetryError, match="not now"):
        await member.switches.sure([batch(1, 1)])
    await member.judge(batch(1, 1))
    await member.switches.sure([batch(1, 1)])
    assert log.asked == asked + 2
