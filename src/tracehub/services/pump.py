"""The pump: read, stage, publish, commit. The only loop over a log in the hub.

Laws, each proved in `tests/contract/test_pump.py`: outputs are acknowledged before the offset
passes; a Retry holds back later records of its own key and nobody else; a Reject becomes a dead
letter and never lets the offset pass an unfinished record; an unexpected exception ends the loop;
`stop()` finishes the batch in hand. Must not know what a stage does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tracehub.bus.port import Bus, Subscription
from tracehub.clock import Clock
from tracehub.errors import FencedError, RejectError, RetryError
from tracehub.model.outcome import Emit, Outcome, Reject, Stage
from tracehub.model.record import Received, Record
from tracehub.services.waiting import pause
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import Logger
from tracehub.telemetry.metrics import Metrics

T = TypeVar("T")
Refuse = Callable[[Received, RejectError], Record]
"""Makes the dead letter of a refused record, or of one event in it."""
Passed = Callable[[Received], None]
"""Told of the last record that the group's offset has passed."""


class Settled(NamedTuple):
    """What a round of outcomes comes to.

    Attributes:
        records: to publish, dead letters among them, in the order of the inputs.
        held: indexes of the inputs that must be staged again.
        after_s: the longest wait that a Retry asked for.
    """

    records: tuple[Record, ...]
    held: tuple[int, ...]
    after_s: float


def settle(batch: Sequence[Received], outcomes: Sequence[Outcome], refuse: Refuse) -> Settled:
    """Decide what is published and what waits. Pure."""
    records: list[Record] = []
    held: list[int] = []
    waiting: set[bytes] = set()
    after_s = 0.0
    for index, (received, outcome) in enumerate(zip(batch, outcomes, strict=True)):
        if received.key in waiting:
            held.append(index)
        elif isinstance(outcome, Emit):
            records.extend(outcome.records)
            records.extend(refuse(received, error) for error in outcome.rejects)
        elif isinstance(outcome, Reject):
            records.append(refuse(received, outcome.error))
        else:
            waiting.add(received.key)
            held.append(index)
            after_s = max(after_s, outcome.error.after_s)
    return Settled(tuple(records), tuple(held), after_s)


@dataclass(slots=True)
class Pump:
    """One service's loop over one subscription.

    Attributes:
        service: its name in logs and metrics.
        backoff: the wait in seconds before try number n (from 1).
        stopping: when set, records that would be tried again are left for the next start.
    """

    service: str
    bus: Bus
    stage: Stage
    refuse: Refuse
    passed: Passed
    clock: Clock
    backoff: Callable[[int], float]
    log: Logger
    metrics: Metrics
    pulse: Pulse
    stopping: asyncio.Event

    async def run(self, subscription: Subscription) -> None:
        """Drive the stage until the subscription ends.

        Raises:
            ConfigError: the log or its settings need an operator.
        """
        self.pulse.ready = True
        failures = 0
        async for batch in subscription:
            self.pulse.busy_since_s = self.clock.monotonic_s()
            try:
                await self._finish(batch, subscription)
                failures = 0
            except FencedError:
                self.log.info("batch_fenced", topic=batch[0].topic, partition=batch[0].partition)
            except RetryError as error:
                failures += 1
                self.metrics.publish_failures.labels(self.service).inc()
                self.log.warning("publish_failed", error=error.text, failures=failures)
                await pause(self.clock, self.backoff(failures), self.stopping)
                with suppress(FencedError):
                    await subscription.rewind(batch)
            finally:
                self.pulse.busy_since_s = None
                self.metrics.show_in_hand(self.service, 0, 0)

    async def _finish(self, batch: Sequence[Received], subscription: Subscription) -> None:
        """Stage until nothing is held; commit the finished beginning after every round."""
        left = tuple(range(len(batch)))
        tries = 0
        while left:
            self.metrics.show_in_hand(
                self.service, len(left) if tries else 0, batch[left[0]].appended_at
            )
            staged = [batch[index] for index in left]
            outcomes = await self._timed("stage", self.stage(staged))
            settled = settle(staged, outcomes, self.refuse)
            await self._timed("publish", self.bus.publish(settled.records))
            finished = left[settled.held[0]] if settled.held else len(batch)
            if finished > left[0]:
                await self._timed("commit", subscription.commit(batch[:finished]))
                self.passed(batch[finished - 1])
            left = tuple(left[index] for index in settled.held)
            if left:
                if self.stopping.is_set():
                    return
                tries += 1
                self.pulse.busy_since_s = self.clock.monotonic_s()
                delay_s = max(settled.after_s, self.backoff(tries))
                await pause(self.clock, delay_s, self.stopping)

    async def _timed(self, step: str, work: Awaitable[T]) -> T:
        begun_s = self.clock.monotonic_s()
        result = await work
        spent_s = self.clock.monotonic_s() - begun_s
        self.metrics.batches.labels(self.service, step).observe(spent_s)
        return result
