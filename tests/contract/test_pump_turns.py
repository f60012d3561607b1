"""Turns: one is staged while the one before it is acknowledged, and order is never given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from tests.contract.test_pump import committed, committed_at, copied, each, pump, running, values
from tracehub.bus.port import TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.errors import FencedError, RetryError
from tracehub.model.outcome import Outcome, Retry
from tracehub.model.record import Placed, Received, Record, records_of
from tracehub.services.turn import Part


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[SqliteBus]:
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock(), max_records=2) as bus:
        await bus.ensure([TopicSpec(name, 2) for name in ("in", "out", "dead")])
        yield bus


class Slow:
    """The log, which takes what is published when it is told to, or fails."""

    def __init__(self, bus: SqliteBus) -> None:
        self.bus = bus
        self.sent: list[list[str]] = []
        self.answers: asyncio.Queue[bool] = asyncio.Queue()
        self.under_way = 0

    async def publish_placed(self, placed: Placed) -> None:
        self.under_way += 1
        assert self.under_way == 1
        self.sent.append([record.value.decode() for record in records_of(placed)])
        good = await self.answers.get()
        self.under_way -= 1
        if not good:
            raise RetryError("not now")
        await self.bus.publish_placed(placed)


class Stand:
    """A pump on a slow log, and what it has staged so far."""

    def __init__(self, bus: SqliteBus) -> None:
        self.staged: list[str] = []
        self.slow = Slow(bus)
        self.pump = pump(bus, each(self._decide))
        self.pump.bus = self.slow  # type: ignore[assignment]  # only publish_placed() is asked

    def _decide(self, received: Received) -> Outcome:
        self.staged.append(received.value.decode())
        return copied(received)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not holds():
                await asyncio.sleep(0.002)


async def publish(bus: SqliteBus, *texts: str, partition: int = 0) -> None:
    await bus.publish([Record("in", text.encode(), text.encode(), (), partition) for text in texts])


async def test_batch_when_the_last_turn_is_under_way_is_staged_and_not_sent(bus: SqliteBus) -> None:
    stand = Stand(bus)
    await publish(bus, "a", "b")
    async with running(stand.pump, bus):
        await stand.until(lambda: bool(stand.slow.sent))
        await publish(bus, "c", "d")
        await stand.until(lambda: stand.staged == [*"abcd"])
        assert stand.slow.sent == [["a", "b"]]
        assert await committed(bus) == 0
        stand.slow.answers.put_nowait(True)
        await stand.until(lambda: len(stand.slow.sent) == 2)
        assert stand.slow.sent[1] == ["c", "d"]
        await committed_at(bus, 2)
        stand.slow.answers.put_nowait(True)
        await committed_at(bus, 4)
    assert await values(bus, "out", 4) == [*"abcd"]


async def test_turn_when_another_is_under_way_takes_a_batch_of_each_partition(
    bus: SqliteBus,
) -> None:
    stand = Stand(bus)
    await publish(bus, "a", "b")
    async with running(stand.pump, bus):
        await stand.until(lambda: bool(stand.slow.sent))
        await publish(bus, *"cd")
        await publish(bus, *"AB", partition=1)
        await stand.until(lambda: len(stand.staged) == 6)
        stand.slow.answers.put_nowait(True)
        await stand.until(lambda: len(stand.slow.sent) == 2)
        assert {*stand.slow.sent[1]} == {*"cdAB"}
        for _ in range(2):
            stand.slow.answers.put_nowait(True)
        await committed_at(bus, 4)


async def test_turn_when_it_fails_takes_what_was_staged_after_it_along(bus: SqliteBus) -> None:
    stand = Stand(bus)
    await publish(bus, "a", "b", "c", "d")
    async with running(stand.pump, bus):
        await stand.until(lambda: stand.staged == [*"abcd"])
        stand.slow.answers.put_nowait(False)
        await stand.until(lambda: len(stand.slow.sent) == 2)
        assert stand.slow.sent[1][:2] == ["a", "b"]
        for _ in range(3):
            stand.slow.answers.put_nowait(True)
        await committed_at(bus, 4)
    assert await values(bus, "out", 4) == [*"abcd"]


@pytest.mark.parametrize("answered", [True, False])
async def test_batch_when_it_is_asked_about_while_an_earlier_turn_fails_never_overtakes_it(
    bus: SqliteBus, *, answered: bool
) -> None:
    stand, asked, answer = Stand(bus), asyncio.Event(), asyncio.Event()

    async def read(batch: Sequence[Received]) -> None:
        if batch[0].value == b"c":
            asked.set()
            await answer.wait()
            if not answered:
                raise RetryError("not now")

    stand.pump.read = read
    await publish(bus, "a", "b", "c", "d")
    async with running(stand.pump, bus):
        await stand.until(lambda: stand.slow.under_way == 1)
        await asked.wait()
        stand.slow.answers.put_nowait(False)
        await stand.until(
            lambda: (
                stand.pump.metrics.registry.get_sample_value(
                    "tracehub_publish_failures_total", {"service": "p"}
                )
                == 1
            )
        )
        answer.set()
        for _ in range(2):
            stand.slow.answers.put_nowait(True)
        assert await values(bus, "out", 4) == [*"abcd"]
        await committed_at(bus, 4)
    assert stand.staged == [*"ababcd"]


async def test_turn_when_it_is_not_sure_is_not_sent_and_is_staged_again(bus: SqliteBus) -> None:
    stand, answers = Stand(bus), asyncio.Queue[bool]()

    async def sure(parts: Sequence[Part]) -> None:
        assert [record.value for part in parts for record in part.tried] == [b"a", b"b"]
        if not await answers.get():
            raise RetryError("another edition holds")

    stand.pump.sure = sure
    await publish(bus, "a", "b")
    async with running(stand.pump, bus):
        await stand.until(lambda: stand.staged == [*"ab"])
        await asyncio.sleep(0.05)
        assert not stand.slow.sent
        answers.put_nowait(False)
        await stand.until(lambda: stand.staged == [*"abab"])
        assert not stand.slow.sent
        answers.put_nowait(True)
        stand.slow.answers.put_nowait(True)
        await committed_at(bus, 2)
    assert await values(bus, "out", 2) == [*"ab"]


async def test_batch_in_hand_when_its_partition_was_away_is_read_again_in_its_turn(
    bus: SqliteBus,
) -> None:
    """As Kafka does it: nothing read before counts, and reading begins where the group stands."""
    stand, moves = Stand(bus), 0
    await publish(bus, *"abcdef")
    async with bus.subscribe(["in"], group="g") as subscription:
        epoch, take = subscription.epoch, subscription.commit
        first = (await bus.read("in", 0, 0, 1))[0]

        async def commit(done: Sequence[Received]) -> None:
            if moves and len(stand.slow.sent) == 1:
                raise FencedError("moved")
            await take(done)

        subscription.epoch = lambda topic, partition: epoch(topic, partition) + moves  # type: ignore[method-assign]  # it moves
        subscription.commit = commit  # type: ignore[method-assign]  # as above
        task = asyncio.create_task(stand.pump.run(subscription))
        await stand.until(lambda: stand.staged == [*"abcd"])
        moves = 1
        await subscription.rewind([first])
        for _ in range(9):
            stand.slow.answers.put_nowait(True)
        await committed_at(bus, 6)
        subscription.stop()
        await asyncio.wait_for(task, 60)
    assert await values(bus, "out", 8) == [*"ababcdef"]


async def test_commit_when_it_is_not_taken_is_made_again_and_nothing_is_sent_twice(
    bus: SqliteBus,
) -> None:
    stand = Stand(bus)
    stand.slow.answers.put_nowait(True)
    await publish(bus, "a", "b")
    async with bus.subscribe(["in"], group="g") as subscription:
        take, failures = subscription.commit, iter([True, True])

        async def commit(done: Sequence[Received]) -> None:
            if next(failures, False):
                raise RetryError("not now")
            await take(done)

        subscription.commit = commit  # type: ignore[method-assign]  # a log that is slow to commit
        task = asyncio.create_task(stand.pump.run(subscription))
        await committed_at(bus, 2)
        subscription.stop()
        await asyncio.wait_for(task, 60)
    assert stand.slow.sent == [["a", "b"]]


async def test_stop_when_turns_are_under_way_finishes_all_of_them(bus: SqliteBus) -> None:
    stand = Stand(bus)
    await publish(bus, "a", "b", "c", "d")
    async with bus.subscribe(["in"], group="g") as subscription:
        task = asyncio.create_task(stand.pump.run(subscription))
        await stand.until(lambda: stand.staged == [*"abcd"])
        stand.pump.stopping.set()
        subscription.stop()
        for _ in range(2):
            stand.slow.answers.put_nowait(True)
        await asyncio.wait_for(task, 60)
    assert await values(bus, "out", 4) == [*"abcd"]
    assert await committed(bus) == 4


async def test_batch_when_some_of_it_waits_is_finished_once_the_rest_is_in_the_log(
    bus: SqliteBus,
) -> None:
    ready = asyncio.Event()
    finished: list[int] = []

    def decide(received: Received) -> Outcome:
        waits = received.key == b"a" and not ready.is_set()
        return Retry(RetryError("away")) if waits else copied(received)

    await publish(bus, "a", "b")
    async with bus.subscribe(["in"], group="g") as subscription:
        subscription.finished = lambda last: finished.append(last.offset)  # type: ignore[method-assign]  # listened to
        task = asyncio.create_task(pump(bus, each(decide)).run(subscription))
        assert await values(bus, "out", 1) == ["b"]
        async with asyncio.timeout(60):
            while 1 not in finished:
                await asyncio.sleep(0.005)
        assert await committed(bus) == 0
        ready.set()
        await committed_at(bus, 2)
        subscription.stop()
        await asyncio.wait_for(task, 60)
    assert max(finished) == 1


async def test_turns_when_no_commit_is_answered_are_at_most_three(bus: SqliteBus) -> None:
    stand, answered = Stand(bus), asyncio.Event()
    for _ in range(9):
        stand.slow.answers.put_nowait(True)
    await publish(bus, *"abcdefghij")
    async with bus.subscribe(["in"], group="g") as subscription:
        take = subscription.commit

        async def commit(done: Sequence[Received]) -> None:
            await answered.wait()
            await take(done)

        subscription.commit = commit  # type: ignore[method-assign]  # a log that is slow to commit
        task = asyncio.create_task(stand.pump.run(subscription))
        await stand.until(lambda: stand.staged == [*"abcdefgh"])
        assert await values(bus, "out", 6) == [*"abcdef"]
        assert len(stand.slow.sent) == 3
        assert await committed(bus) == 0
        answered.set()
        await committed_at(bus, 10)
        subscription.stop()
        await asyncio.wait_for(task, 60)
    assert await values(bus, "out", 10) == [*"abcdefghij"]
