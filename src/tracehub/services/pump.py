"""The pump: read, stage, publish, commit. The only loop over a log in the hub.

Laws, each proved in `tests/contract/test_pump.py`: outputs are acknowledged before the offset
passes; a Retry holds back later records of its own key and nobody else, until a lane is full; a
Reject becomes a dead letter and never lets the offset pass an unfinished record; an unexpected
exception ends the loop; `stop()` finishes the batch in hand. Must not know what a stage does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from tracehub.bus.port import Bus, Subscription
from tracehub.clock import Clock
from tracehub.errors import FencedError, RejectError, RetryError
from tracehub.model.outcome import Emit, Outcome, Reject, Stage
from tracehub.model.record import Received, Record
from tracehub.services.lane import Lane
from tracehub.services.waiting import pause
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import Logger
from tracehub.telemetry.metrics import Metrics

T = TypeVar("T")
Place = tuple[str, int]
"""A topic and the number of a partition."""
Refuse = Callable[[Received, RejectError], Record]
"""Makes the dead letter of a refused record, or of one event in it."""
Arrived = Callable[[Sequence[Received]], Awaitable[None]]
"""Told of every batch, whole and in order, before any of it is staged."""
Rest = Callable[[str], float]
"""For how many seconds a topic should not be read."""
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
        if waiting and received.key in waiting:
            held.append(index)
        elif isinstance(outcome, Emit):
            records += outcome.records
            if outcome.rejects:
                records += [refuse(received, error) for error in outcome.rejects]
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
        arrived: told of every batch before it is staged.
        passed: told of the last record that the group's offset has passed.
        rest_s: asked after every batch whether its topic should rest.
        backoff: the wait in seconds before try number n (from 1).
        stopping: when set, records that would be tried again are left for the next start.
    """

    service: str
    bus: Bus
    stage: Stage
    refuse: Refuse
    arrived: Arrived
    passed: Passed
    rest_s: Rest
    clock: Clock
    backoff: Callable[[int], float]
    log: Logger
    metrics: Metrics
    pulse: Pulse
    stopping: asyncio.Event
    _lanes: dict[Place, Lane] = field(default_factory=dict)
    _failures: int = 0

    async def run(self, subscription: Subscription) -> None:
        """Drive the stage until the subscription ends.

        Raises:
            ConfigError: the log or its settings need an operator.
        """
        self.pulse.ready = True
        batches = aiter(subscription)
        asking = asyncio.create_task(_next(batches))
        try:
            while True:
                await self._wait(asking)
                if asking.done():
                    batch = asking.result()
                    if batch is None:
                        return
                    if not await self._acknowledged(self._take(batch, subscription)):
                        with suppress(FencedError):
                            await subscription.rewind(batch)
                    asking = asyncio.create_task(_next(batches))
                for place, lane in tuple(self._lanes.items()):
                    self._read_on(lane, place, subscription)
                for place in self._due():
                    await self._acknowledged(self._try_again(place, subscription))
        finally:
            asking.cancel()

    async def _take(self, batch: Sequence[Received], subscription: Subscription) -> None:
        """Stage a new batch, all but the records of keys that wait."""
        place = batch[0].topic, batch[0].partition
        epoch = subscription.epoch(*place)
        lane = self._lanes.get(place)
        if lane is None or lane.epoch != epoch:
            lane = Lane(epoch, batch[0].offset)
        await self.arrived(batch)
        fresh = [each for each in batch if not lane.waits(each)]
        waiting, after_s = await self._round(fresh)
        late = {each.offset for each in waiting}
        lane.take(batch, [each for each in batch if each.offset in late or lane.waits(each)])
        self._lanes[place] = lane
        if waiting:
            self._schedule(lane, 1, after_s)
        await self._pass(lane, place, subscription)

    async def _try_again(self, place: Place, subscription: Subscription) -> None:
        """Stage what a lane holds once more."""
        lane = self._lanes[place]
        if subscription.epoch(*place) != lane.epoch:
            del self._lanes[place]
            return
        tried = lane.held
        waiting, after_s = await self._round(tried)
        lane.finish(tried, waiting)
        self._schedule(lane, lane.tries + 1, after_s)
        await self._pass(lane, place, subscription)

    async def _round(self, records: Sequence[Received]) -> tuple[Sequence[Received], float]:
        """Stage and publish; returns what waits, and for how long it asked to."""
        if not records:
            return (), 0.0
        self._show_in_hand(records)
        outcomes = await self._timed("stage", self.stage(records))
        settled = settle(records, outcomes, self.refuse)
        await self._timed("publish", self.bus.publish(settled.records))
        return [records[index] for index in settled.held], settled.after_s

    async def _pass(self, lane: Lane, place: Place, subscription: Subscription) -> None:
        """Commit what is finished; stop reading a partition that holds too much."""
        last = lane.end()
        if last is not None:
            await self._timed("commit", subscription.commit([last]))
            lane.passed = last.offset + 1
            self.passed(last)
        now_s = self.clock.monotonic_s()
        lane.rest_until_s = now_s + self.rest_s(place[0])
        if (lane.full or lane.rest_until_s > now_s) and not lane.paused:
            lane.paused = True
            subscription.hold(*place)
        self._read_on(lane, place, subscription)

    def _read_on(self, lane: Lane, place: Place, subscription: Subscription) -> None:
        """Read a partition again that has rested and has room; forget it when all is finished."""
        if lane.paused and lane.roomy and lane.rest_until_s <= self.clock.monotonic_s():
            lane.paused = False
            subscription.release(*place)
        if not (lane.held or lane.paused):
            self._lanes.pop(place, None)

    async def _acknowledged(self, work: Awaitable[None]) -> bool:
        """Do one turn; False when the log did not acknowledge what was to be published."""
        self.pulse.busy_since_s = self.clock.monotonic_s()
        try:
            await work
        except FencedError as error:
            self.log.info("batch_fenced", reason=str(error))
        except RetryError as error:
            self._failures += 1
            self.metrics.publish_failures.labels(self.service).inc()
            self.log.warning("publish_failed", error=error.text, failures=self._failures)
            await pause(self.clock, self.backoff(self._failures), self.stopping)
            return False
        finally:
            self.pulse.busy_since_s = None
            self._show_in_hand(())
        self._failures = 0
        return True

    def _show_in_hand(self, records: Sequence[Received]) -> None:
        held = [each for lane in self._lanes.values() for each in lane.held]
        oldest = min((each.appended_at for each in (*records, *held)), default=0)
        self.metrics.show_in_hand(self.service, len(held), oldest)

    def _schedule(self, lane: Lane, tries: int, after_s: float) -> None:
        lane.due_s = self.clock.monotonic_s() + max(after_s, self.backoff(tries))

    def _due(self) -> list[Place]:
        """Lanes whose held records are to be tried now."""
        now_s = self.clock.monotonic_s()
        return [
            place
            for place, lane in self._lanes.items()
            if lane.held and lane.due_s <= now_s and not self.stopping.is_set()
        ]

    async def _wait(self, asking: asyncio.Task[Sequence[Received] | None]) -> None:
        """Until there is a new batch, or something held is due."""
        dues = [lane.due_s for lane in self._lanes.values() if lane.held]
        dues += [lane.rest_until_s for lane in self._lanes.values() if lane.paused and lane.roomy]
        if not dues or self.stopping.is_set():
            await asyncio.wait({asking})
            return
        left_s = max(0.0, min(dues) - self.clock.monotonic_s())
        sleeping = asyncio.ensure_future(self.clock.sleep(left_s))
        await asyncio.wait({asking, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        sleeping.cancel()

    async def _timed(self, step: str, work: Awaitable[T]) -> T:
        begun_s = self.clock.monotonic_s()
        result = await work
        spent_s = self.clock.monotonic_s() - begun_s
        self.metrics.batches.labels(self.service, step).observe(spent_s)
        return result


async def _next(batches: AsyncIterator[Sequence[Received]]) -> Sequence[Received] | None:
    """The next batch; None at the end."""
    return await anext(batches, None)
