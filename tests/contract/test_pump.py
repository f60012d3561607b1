"""The laws of the pump, on a real log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tracehub.bus.port import Bus, Subscription, TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.errors import FencedError, RejectError, RetryError
from tracehub.model.outcome import Emit, Outcome, Reject, Retry, Stage
from tracehub.model.record import Placed, Received, Record
from tracehub.services.pump import Arrived, Pump, Rest
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import silent
from tracehub.telemetry.metrics import Metrics

GROUP = "g"
Decide = Callable[[Received], Outcome]


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[SqliteBus]:
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock()) as bus:
        await bus.ensure([TopicSpec(name, 1) for name in ("in", "out", "dead")])
        yield bus


def copied(received: Received) -> Emit:
    return Emit((Record("out", received.key, received.value, (), 0),))


def each(decide: Decide) -> Stage:
    async def stage(batch: Sequence[Received]) -> Sequence[Outcome]:
        return [decide(received) for received in batch]

    return stage


def refuse(received: Received, error: RejectError) -> Record:
    return Record("dead", received.key, error.code.encode(), (), 0)


def _note(_last: Received) -> None:
    return


def _never(_topic: str) -> float:
    return 0.0


async def _unseen(_batch: Sequence[Received]) -> None:
    return


def pump(bus: Bus, stage: Stage, rest: Rest = _never, arrived: Arrived = _unseen) -> Pump:
    def backoff(_tries: int) -> float:
        return 0.01

    clock, metrics, stopping = SystemClock(), Metrics(), asyncio.Event()
    log, pulse = silent(), Pulse()
    return Pump(
        "p", bus, stage, refuse, arrived, _note, rest, clock, backoff, log, metrics, pulse, stopping
    )


@asynccontextmanager
async def running(pump: Pump, bus: Bus) -> AsyncIterator[asyncio.Task[None]]:
    async with bus.subscribe(["in"], group=GROUP) as subscription:
        task = asyncio.create_task(pump.run(subscription))
        try:
            yield task
        finally:
            pump.stopping.set()
            subscription.stop()
            with suppress(Exception):
                await asyncio.wait_for(task, 60)


async def publish(bus: Bus, *texts: str) -> None:
    await bus.publish([Record("in", text[:1].encode(), text.encode(), (), 0) for text in texts])


async def values(bus: Bus, topic: str, count: int) -> list[str]:
    """The records of a topic, once there are so many."""
    async with asyncio.timeout(60):
        while (await bus.ends(topic))[0] < count:
            await asyncio.sleep(0.005)
    return [record.value.decode() for record in await bus.read(topic, 0, 0, 1000)]


async def committed(bus: SqliteBus) -> int:
    found = await bus.look(lambda store: store.committed(GROUP))
    return found.get(("in", 0), 0)


async def committed_at(bus: SqliteBus, offset: int) -> None:
    async with asyncio.timeout(60):
        while await committed(bus) != offset:
            await asyncio.sleep(0.005)


async def test_outputs_when_published_are_durable_before_the_offset_passes(
    bus: SqliteBus,
) -> None:
    seen: list[tuple[int, int]] = []

    class Watched:
        """The log, asked after every publish what the group has committed."""

        async def publish_placed(self, placed: Placed) -> None:
            await bus.publish_placed(placed)
            seen.append(((await bus.ends("out"))[0], await committed(bus)))

    await publish(bus, "a1", "b1")
    watched = pump(bus, each(copied))
    watched.bus = Watched()  # type: ignore[assignment]  # only publish_placed() is asked
    async with running(watched, bus):
        await committed_at(bus, 2)
    assert seen == [(2, 0)]


async def test_publish_when_it_fails_commits_nothing_and_reads_again(bus: SqliteBus) -> None:
    failures = iter([True, True, False])

    class Failing:
        """A log that refuses twice."""

        async def publish_placed(self, placed: Placed) -> None:
            if next(failures):
                assert await committed(bus) == 0
                raise RetryError("not now")
            await bus.publish_placed(placed)

    await publish(bus, "a1", "b1")
    failing = pump(bus, each(copied))
    failing.bus = Failing()  # type: ignore[assignment]  # only publish_placed() is asked
    async with running(failing, bus):
        assert await values(bus, "out", 2) == ["a1", "b1"]
        await committed_at(bus, 2)
    failed = failing.metrics.registry.get_sample_value
    assert failed("tracehub_publish_failures_total", {"service": "p"}) == 2


async def test_retry_when_one_key_waits_holds_back_that_key_only(bus: SqliteBus) -> None:
    ready = asyncio.Event()

    def decide(received: Received) -> Outcome:
        if received.key == b"a" and not ready.is_set():
            return Retry(RetryError("away"))
        return copied(received)

    await publish(bus, "a1", "b1", "a2", "c1")
    async with running(pump(bus, each(decide)), bus):
        assert await values(bus, "out", 2) == ["b1", "c1"]
        await asyncio.sleep(0.05)
        assert await committed(bus) == 0
        ready.set()
        assert await values(bus, "out", 4) == ["b1", "c1", "a1", "a2"]
        await committed_at(bus, 4)


async def test_reject_when_decided_becomes_a_dead_letter_and_the_stream_goes_on(
    bus: SqliteBus,
) -> None:
    def decide(received: Received) -> Outcome:
        bad = received.value == b"b1"
        return Reject(RejectError("x/bad", "no")) if bad else copied(received)

    await publish(bus, "a1", "b1", "c1")
    async with running(pump(bus, each(decide)), bus):
        assert await values(bus, "out", 2) == ["a1", "c1"]
        assert await values(bus, "dead", 1) == ["x/bad"]
        await committed_at(bus, 3)


async def test_dead_letter_when_an_earlier_record_is_unfinished_does_not_let_the_offset_pass(
    bus: SqliteBus,
) -> None:
    def decide(received: Received) -> Outcome:
        if received.value == b"a1":
            return Retry(RetryError("away"))
        return Reject(RejectError("x/bad", "no"))

    await publish(bus, "a1", "b1")
    async with running(pump(bus, each(decide)), bus):
        assert await values(bus, "dead", 1) == ["x/bad"]
        await asyncio.sleep(0.05)
    assert await committed(bus) == 0


async def test_unexpected_exception_when_raised_ends_the_loop_and_commits_nothing(
    bus: SqliteBus,
) -> None:
    def decide(_received: Received) -> Outcome:
        raise ZeroDivisionError

    await publish(bus, "a1")
    async with running(pump(bus, each(decide)), bus) as task:
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(task, 60)
    assert await committed(bus) == 0


async def test_stop_when_called_finishes_the_batch_in_hand(bus: SqliteBus) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def stage(batch: Sequence[Received]) -> Sequence[Outcome]:
        begun.set()
        await go_on.wait()
        return [copied(received) for received in batch]

    await publish(bus, "a1", "b1")
    stopped = pump(bus, stage)
    async with bus.subscribe(["in"], group=GROUP) as subscription:
        task = asyncio.create_task(stopped.run(subscription))
        await asyncio.wait_for(begun.wait(), 60)
        stopped.stopping.set()
        subscription.stop()
        go_on.set()
        await asyncio.wait_for(task, 60)
    assert await values(bus, "out", 2) == ["a1", "b1"]
    assert await committed(bus) == 2


async def test_stop_when_a_record_is_held_leaves_it_for_the_next_start(bus: SqliteBus) -> None:
    def wait_for_a(received: Received) -> Outcome:
        held = received.key == b"a"
        return Retry(RetryError("away", after_s=60)) if held else copied(received)

    await publish(bus, "b1", "a1", "c1")
    async with running(pump(bus, each(wait_for_a)), bus):
        assert await values(bus, "out", 2) == ["b1", "c1"]
    assert await committed(bus) == 1
    async with running(pump(bus, each(copied)), bus):
        assert await values(bus, "out", 4) == ["b1", "c1", "a1", "c1"]


async def test_commit_when_the_partition_has_moved_drops_the_batch_and_goes_on(
    bus: SqliteBus,
) -> None:
    class Moved:
        """A subscription that loses its first batch, then goes on."""

        def __init__(self, inner: Subscription) -> None:
            self.inner, self.refused = inner, 0

        def __aiter__(self) -> AsyncIterator[Sequence[Received]]:
            return self.inner.__aiter__()

        def epoch(self, topic: str, partition: int) -> int:
            return self.inner.epoch(topic, partition)

        async def commit(self, done: Sequence[Received]) -> None:
            if not self.refused:
                self.refused += 1
                raise FencedError("moved")
            await self.inner.commit(done)

        def finished(self, last: Received) -> None:
            self.inner.finished(last)

    await publish(bus, "a1")
    async with bus.subscribe(["in"], group=GROUP) as subscription:
        moved = Moved(subscription)
        working = pump(bus, each(copied))
        task = asyncio.create_task(working.run(moved))  # type: ignore[arg-type]  # all that is asked
        await values(bus, "out", 1)
        async with asyncio.timeout(60):
            while not moved.refused:  # what comes before that may be of the same commit
                await asyncio.sleep(0.005)
        await publish(bus, "b1")
        assert await values(bus, "out", 2) == ["a1", "b1"]
        await committed_at(bus, 2)
        subscription.stop()
        await asyncio.wait_for(task, 60)
    assert moved.refused == 1


async def test_pump_when_it_works_shows_its_pulse_and_its_times(bus: SqliteBus) -> None:
    await publish(bus, "a1")
    working = pump(bus, each(copied))
    async with running(working, bus):
        await committed_at(bus, 1)
        assert working.pulse.ready
    assert working.pulse.busy_since_s is None
    shown = working.metrics.exposition().decode()
    for step in ("stage", "publish", "commit"):
        assert f'tracehub_batch_seconds_count{{service="p",step="{step}"}} 1.0' in shown
