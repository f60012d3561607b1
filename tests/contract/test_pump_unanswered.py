"""What the log does not answer for while a batch is staged: read again, and nobody ends."""

from __future__ import annotations

from collections.abc import Sequence

from tests.contract.test_pump import bus, committed_at, copied, publish, pump, running, values
from tracehub.bus.sqlite import SqliteBus
from tracehub.errors import RetryError
from tracehub.model.outcome import Outcome, Retry
from tracehub.model.record import Received

__all__ = ["bus"]


async def test_batch_when_it_cannot_be_staged_is_read_again_and_the_service_lives(
    bus: SqliteBus,
) -> None:
    answers = iter([False, False, True, False])

    async def stage(batch: Sequence[Received]) -> Sequence[Outcome]:
        if not next(answers, True):
            raise RetryError("the log did not tell what holds")
        return [copied(received) for received in batch]

    await publish(bus, "a1", "b1")
    asking = pump(bus, stage)
    async with running(asking, bus):
        assert await values(bus, "out", 2) == ["a1", "b1"]
        await publish(bus, "a2")
        assert await values(bus, "out", 3) == ["a1", "b1", "a2"]
        await committed_at(bus, 3)
    failed = asking.metrics.registry.get_sample_value
    assert failed("tracehub_publish_failures_total", {"service": "p"}) == 3


async def test_held_record_when_it_cannot_be_staged_is_tried_again(bus: SqliteBus) -> None:
    outcomes = iter(["held", "unanswered", "done"])

    async def stage(batch: Sequence[Received]) -> Sequence[Outcome]:
        outcome = next(outcomes)
        if outcome == "unanswered":
            raise RetryError("the log did not tell what holds")
        ready = outcome == "done"
        return [copied(each) if ready else Retry(RetryError("away")) for each in batch]

    await publish(bus, "a1")
    async with running(pump(bus, stage), bus):
        assert await values(bus, "out", 1) == ["a1"]
        await committed_at(bus, 1)
