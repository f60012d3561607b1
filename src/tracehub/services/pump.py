"""The pump: read, stage, publish, commit. The only loop over a log in the hub.

Laws, each proved in `tests/contract/test_pump*.py`: outputs are acknowledged before the offset
passes; a turn is published only when the one before it was acknowledged, so that nothing of a
partition ever stands in the log behind something that is missing there; a Retry holds back later
records of its own key and nobody else, until a lane is full; a Reject becomes a dead letter and
never lets the offset pass an unfinished record; what the log did not answer for is read again; an
unexpected exception ends the loop; `stop()` finishes what is in hand. Must not know a stage's work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tracehub.bus.port import Bus, Subscription
from tracehub.clock import Clock
from tracehub.errors import FencedError, RetryError
from tracehub.model.outcome import Settled, Stage
from tracehub.model.record import Received
from tracehub.services.ahead import Ahead, Batch, Read, unasked, under_way
from tracehub.services.lane import Lane, Lanes, Place
from tracehub.services.news import News
from tracehub.services.pace import Pace
from tracehub.services.passage import PATIENCE_S, Passage
from tracehub.services.settle import Refuse, settle
from tracehub.services.turn import Part, Turn, firsts
from tracehub.services.waiting import cancelled, pause
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import Logger
from tracehub.telemetry.metrics import Metrics

T = TypeVar("T")
Task = asyncio.Task[None]
Arrived = Callable[[Sequence[Received]], Awaitable[None]]
"""Told of every batch, whole and in order, before any of it is staged."""
Rest = Callable[[str], float]
"""For how many seconds a topic should not be read."""
Sure = Callable[[Sequence[Part]], Awaitable[None]]
"""Waits until a turn may go to the log. Raises RetryError when it must be staged again."""


async def sent(_parts: Sequence[Part]) -> None:
    """It may, at once."""


@dataclass(slots=True)
class Pump:
    """One service's loop over one subscription.

    Attributes:
        service: its name in logs and metrics.
        arrived: told of every batch before it is staged.
        passed: told of the last record that the group's offset has passed.
        landed: told of every batch whose outputs the log has acknowledged.
        read: told of every batch as soon as it is read.
        sure: asked for every turn before it is sent.
        rest_s: asked after every batch whether its topic should rest.
        backoff: the wait in seconds before try number n (from 1).
        stopping: when set, records that would be tried again are left for the next start.
    """

    service: str
    bus: Bus
    stage: Stage
    refuse: Refuse
    arrived: Arrived
    passed: Callable[[Received], None]
    rest_s: Rest
    clock: Clock
    backoff: Callable[[int], float]
    log: Logger
    metrics: Metrics
    pulse: Pulse
    stopping: asyncio.Event
    landed: Callable[[Part], None] = lambda _part: None
    read: Read = unasked
    sure: Sure = sent
    _lanes: Lanes = field(default_factory=Lanes)
    _turn: Turn = field(default_factory=Turn)
    _flying: Turn = field(default_factory=Turn)
    _flight: Task | None = None
    _pace: Pace = field(default_factory=Pace)
    _passage: Passage = field(default_factory=Passage)
    _commit: Task | None = None
    _patience: Task | None = None
    _news: News = field(default_factory=News)
    _staging: Sequence[Received] = ()
    _failures: int = 0

    async def run(self, subscription: Subscription) -> None:
        """Drive the stage until the subscription ends.

        Raises:
            ConfigError: the log or its settings need an operator.
        """
        self.pulse.ready = True
        self.metrics.look_in_hand(self.service, self._in_hand)
        ahead = Ahead(subscription, self.clock, self.read, self._news)
        try:
            while not ahead.ended or self._busy:
                await self._wait(ahead)
                if self._flight is not None and self._flight.done():
                    await self._land(self._flight, ahead)
                if self._commit is not None and self._commit.done():
                    await self._pass(self._commit, subscription)
                await self._fill(subscription, ahead)
                if not self.stopping.is_set():
                    for place, lane in self._lanes.due(self.clock.monotonic_s()):
                        await self._try_again(place, lane, subscription)
                for place in self._lanes.read_on(self.clock.monotonic_s()):
                    subscription.release(*place)
                await self._go_on(subscription, ahead)
        finally:
            await ahead.close()
            await cancelled(self._flight, self._commit, self._patience)
            self.pulse.busy_since_s = None

    async def _fill(self, subscription: Subscription, ahead: Ahead) -> None:
        """Stage what there is, until the turn is enough or something else has happened."""
        while self._takes(ahead):
            await self._take(await ahead.take(self._pace.most), subscription, ahead)
            if self._answered or self._turn.enough(self._pace.most):
                return

    async def _take(self, batch: Batch, subscription: Subscription, ahead: Ahead) -> None:
        """Stage a new batch, all but the records of keys that wait."""
        place = batch[0].topic, batch[0].partition
        lane = self._lanes.at(place, ahead.epoch, batch[0].offset)
        fresh = [each for each in batch if not lane.waits(each)] if lane.held else batch
        try:
            await self.arrived(batch)
            waiting = await self._stage(place, lane, fresh, batch)
        except RetryError as error:
            await ahead.read_again({place: batch[0]})
            await self._failed(error, "stage_delayed")
            return
        if waiting or lane.held:
            late = {each.offset for each in waiting}
            lane.take(batch, [each for each in batch if each.offset in late or lane.waits(each)])
        now_s = self.clock.monotonic_s()
        lane.rest_until_s = now_s + self.rest_s(place[0])
        if (lane.full or lane.rest_until_s > now_s) and not lane.paused:
            lane.paused = True
            subscription.hold(*place)

    async def _try_again(self, place: Place, lane: Lane, subscription: Subscription) -> None:
        """Stage what a lane holds once more."""
        if subscription.epoch(*place) == lane.epoch:
            lane.trying = True
            try:
                await self._stage(place, lane, lane.held, None)
            except RetryError as error:
                lane.trying = False
                await self._failed(error, "stage_delayed")
        else:
            self._lanes.forget(place, lane)

    async def _stage(
        self,
        place: Place,
        lane: Lane,
        records: Sequence[Received],
        read: Sequence[Received] | None,
    ) -> Sequence[Received]:
        """Stage records and add them to the turn; returns what waits."""
        self._staging = records
        self.pulse.busy_since_s = self.pulse.busy_since_s or self.clock.monotonic_s()
        settled = Settled({})
        if records:
            begun_s = self.clock.monotonic_s()
            staged = await self._timed("stage", self.stage(records))
            self._pace.note(len(records), self.clock.monotonic_s() - begun_s)
            settled = settle(records, staged, self.refuse)
        waiting = [records[index] for index in settled.held]
        if waiting or read is None:
            wait_s = self.backoff(1 if read is not None else lane.tries + 2)
            lane.due_s = self.clock.monotonic_s() + max(settled.after_s, wait_s)
        self._turn.add(Part(place, lane, read, records, waiting, settled.placed))
        self._staging = ()
        return waiting

    async def _go_on(self, subscription: Subscription, ahead: Ahead) -> None:
        """Send the turn when the last one is in the log, and commit what is finished."""
        whole = self._turn.parts and (self._turn.enough(self._pace.most) or not self._takes(ahead))
        if self._flight is None and whole and self._passage.roomy:
            self._flying, self._turn = self._turn, Turn()
            for part in self._flying.drop_fenced(subscription.epoch):
                self.log.info("batch_fenced", reason="its partition moved before it was sent")
                self._lanes.forget(part.place, part.lane)
            self._flight = self._news.begin(self._send(self._flying))
            if self._takes(ahead):
                await under_way(self.clock)
        if self._commit is None and self._passage.waiting:
            self._commit_soon(subscription)

    async def _send(self, turn: Turn) -> None:
        await self.sure(turn.parts)
        await self._timed("publish", self.bus.publish_placed(turn.placed()))

    def _commit_soon(self, subscription: Subscription) -> None:
        """Commit what is finished, together with what is a moment later."""
        if self._patience is None:
            self._patience = self._news.begin(self.clock.sleep(PATIENCE_S))
        if self._passage.enough or self._patience.done():
            self._news.end(self._patience)
            self._patience = None
            done = self._passage.begin()
            self._commit = self._news.begin(self._timed("commit", subscription.commit(done)))

    async def _land(self, flight: Task, ahead: Ahead) -> None:
        """Note what a turn came to; when it is not in the log, read all of it again."""
        turn, self._flying, self._flight = self._flying, Turn(), None
        try:
            flight.result()
        except RetryError as error:
            # Nor does what was staged after it go to the log: all of it is read again.
            lost, self._turn = [*turn.parts, *self._turn.parts], Turn()
            for part in lost:
                part.set_back()
            await ahead.read_again(firsts(lost))
            await self._failed(error)
        else:
            self._failures = 0
            for part in turn.parts:
                part.land()
                self.landed(part)
            self._passage.land(turn.parts)
        self.pulse.busy_since_s = self.clock.monotonic_s() if self._turn.parts else None

    async def _pass(self, commit: Task, subscription: Subscription) -> None:
        """Note what a commit came to."""
        self._commit = None
        try:
            commit.result()
        except FencedError as error:
            self.log.info("batch_fenced", reason=str(error))
            for place, end in self._passage.end().items():
                self._lanes.forget(place, end.lane)
        except RetryError as error:
            if self.stopping.is_set():
                self._passage.end()
            else:
                self._passage.give_back()
            await self._failed(error)
        else:
            for end in self._passage.end().values():
                if end.last is not None:
                    end.lane.passed = end.last.offset + 1
                    self.passed(end.last)
                subscription.finished(end.read)

    async def _failed(self, error: RetryError, event: str = "publish_failed") -> None:
        """The log did not answer: wait a little."""
        self._failures += 1
        self.metrics.publish_failures.labels(self.service).inc()
        self.log.warning(event, error=error.text, failures=self._failures)
        self._staging = ()
        self.pulse.busy_since_s = None
        await pause(self.clock, self.backoff(self._failures), self.stopping)

    def _takes(self, ahead: Ahead) -> bool:
        """There is a batch, and the turn has room for it."""
        place = ahead.place if self._turn.roomy else None
        return place is not None and place not in self._turn.places

    @property
    def _answered(self) -> bool:
        """The log has answered something."""
        return any(each is not None and each.done() for each in (self._flight, self._commit))

    @property
    def _busy(self) -> bool:
        """Something that was read is not finished, and not held either."""
        return bool(self._turn.parts or self._flight or self._passage.waiting or self._commit)

    def _in_hand(self) -> tuple[int, int]:
        """How many records are held, and when the oldest in hand was appended, ms; 0 for none."""
        held = self._lanes.held()
        tried = (self._staging, *(each.tried for each in (*self._flying.parts, *self._turn.parts)))
        firsts_of = (each[0] for each in tried if each)
        return len(held), min((each.appended_at for each in (*firsts_of, *held)), default=0)

    async def _wait(self, ahead: Ahead) -> None:
        """Until something has happened: a new batch, an answer, or something held is due."""
        if self._takes(ahead):
            return
        due_s, due = None if self.stopping.is_set() else self._lanes.next_s(), None
        if due_s is not None:
            due = self._news.begin(self.clock.sleep(max(0.0, due_s - self.clock.monotonic_s())))
        await self._news.wait()
        self._news.end(due)

    async def _timed(self, step: str, work: Awaitable[T]) -> T:
        begun_s = self.clock.monotonic_s()
        result = await work
        self.metrics.batches.labels(self.service, step).observe(self.clock.monotonic_s() - begun_s)
        return result
