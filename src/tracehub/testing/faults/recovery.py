"""Recovery: how soon a hub is its old self after a kill, an outage or an orderly end; not judged.

Delays come from the receipts on the log, rates from the systems' own ledger: nothing depends on how
soon the one who measures gets to look.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from tracehub.avro.codec import read_record
from tracehub.services.waiting import whole
from tracehub.testing.faults.stage import Cast, Run, Stage, on, staged
from tracehub.testing.kafka import cluster
from tracehub.testing.processes import Ending
from tracehub.testing.systems import Fault
from tracehub.testing.traffic import traffic

_CENTRAL: Final = "central/national"
_SERVICES: Final = ("exchange", "exchange", "deliver")
_QUIET_S: Final = 0.5
_LOOK_S: Final = 0.05
_BACKLOG: Final = 3000
_ROUNDS: Final = 8
DRAINED: Final = 0.8
"""Of the rate in good times; a round that reaches it is the last one."""
_STEADY: Final = 4
_EVERY_S: Final = 0.1
_BEFORE_S: Final = 9.0
_AFTER_S: Final = 20.0
_WARM_MS: Final = 2000
_STEP_MS: Final = 250


class Figures(NamedTuple):
    """What was measured.

    Attributes:
        endings: how each process ended that got SIGTERM under full load.
        repeats: records that were sent, or handed over, once more after that.
        delays: (received_at, delay), ms, of every delivery around the kill of one exchange.
        killed_ms: when that was.
        peak_per_s: the rate at which a system takes a backlog in good times.
        drained_per_s: the rate at which it took one after an outage, from the first event on. Both
            are of the best round: what else the machine does can but take from either.
        returned_s: from the end of each outage to the first event that it took.
    """

    endings: Sequence[Ending]
    repeats: int
    delays: Sequence[tuple[int, int]]
    killed_ms: int
    peak_per_s: float
    drained_per_s: float
    returned_s: Sequence[float]

    @property
    def normal_ms(self) -> int:
        """The p99 delay before the kill."""
        begun = self.delays[0][0] + _WARM_MS
        return p99([delay for at, delay in self.delays if begun <= at < self.killed_ms])

    @property
    def recovered_s(self) -> float:
        """From the kill to where the p99 of all that is delivered later is normal again.

        Normal is within twice what it was and half a second.
        """
        limit = 2 * self.normal_ms + 500
        later_ms = 0
        while True:
            after = self.killed_ms + later_ms
            left = [delay for at, delay in self.delays if at + delay >= after]
            if not left or p99(left) <= limit:
                return later_ms / 1000 if left else float("inf")
            later_ms += _STEP_MS

    def shown(self) -> Mapping[str, object]:
        """The figures in words, for the report."""
        return {
            "SIGTERM under full load: slowest end, s": max(
                round(each.after_s, 1) for each in self.endings
            ),
            "records sent or handed over again after it": self.repeats,
            "one of two exchanges killed: p99 delay before, ms": self.normal_ms,
            "p99 delay normal again after, s": self.recovered_s,
            "one system's backlog in good times, events/s": round(self.peak_per_s),
            "the same after an outage, events/s": round(self.drained_per_s),
            "end of the outage to the first event, s": max(self.returned_s),
        }


def p99(values: Sequence[int]) -> int:
    """The value that one in a hundred exceeds; 0 of nothing."""
    return sorted(values)[int(len(values) * 0.99)] if values else 0


async def measured(directory: Path, seed: int) -> Figures:
    """All of it on one hub on one broker.

    Raises:
        UnavailableError: Kafka is not here.
    """
    with cluster() as kafka:
        async with staged(directory, on(kafka), seed, Cast(_SERVICES)) as stage:
            stage.run.bad = stage.run.repeated = 0.0
            watching = asyncio.create_task(stage.run.watch())
            try:
                return await _all(stage)
            finally:
                watching.cancel()


async def _all(stage: Stage) -> Figures:
    endings, repeats = await _ended(stage)
    delays, killed_ms = await _killed(stage)
    rates: list[tuple[float, float]] = []
    returned: list[float] = []
    while len(rates) < _ROUNDS and not any(drained >= DRAINED * peak for peak, drained in rates):
        peak_s = await _in_good_times(stage)
        drained_s, first_s = await _after_an_outage(stage)
        rates.append((_BACKLOG / peak_s, _BACKLOG / drained_s))
        returned.append(first_s)
    best = max(rates, key=lambda each: each[1] / each[0])
    return Figures(endings, repeats, delays, killed_ms, *best, returned)


async def _ended(stage: Stage) -> tuple[Sequence[Ending], int]:
    """SIGTERM to every process at once, in the middle of a backlog."""
    run, members = stage.run, stage.supervisor.members
    publishing = asyncio.create_task(_publish(run, 2 * _BACKLOG))
    while run.progress.receipts < _BACKLOG // 4:
        await asyncio.sleep(_LOOK_S)
    endings = await asyncio.gather(*(each.end() for each in members))
    for each in members:
        await each.start()
    await publishing
    await run.rest(quiet_s=_QUIET_S)
    await run.read([])
    again = sum("repeated" in said for said in run.history.receipts.values())
    return endings, run.history.repeats + again


async def _killed(stage: Stage) -> tuple[Sequence[tuple[int, int]], int]:
    """SIGKILL to one exchange of two, under a steady load, and no other in its place."""
    run, victim = stage.run, stage.supervisor.members[0]
    begun_ms = _now_ms()
    publishing = asyncio.create_task(_steady(run))
    await asyncio.sleep(_BEFORE_S)
    killed_ms = _now_ms()
    await victim.kill()
    await asyncio.sleep(_AFTER_S)
    publishing.cancel()
    with suppress(asyncio.CancelledError):
        await publishing
    await run.rest(quiet_s=_QUIET_S)
    await victim.start()
    delays = sorted([each for each in await _delays(run) if each[0] >= begun_ms])
    return delays, killed_ms


async def _in_good_times(stage: Stage) -> float:
    """How long a system takes for a backlog that waits only for deliver to be there, s."""
    run = stage.run
    deliver = stage.supervisor.members[-1]
    await deliver.end()
    known = run.ledger.counts(_CENTRAL).effects
    await _publish(run, _BACKLOG)
    await _judged(run)
    await deliver.start()
    await run.rest(quiet_s=_QUIET_S)
    return _spent_s(run, known)


async def _after_an_outage(stage: Stage) -> tuple[float, float]:
    """How long it takes once every system was away while the backlog grew; and until the first."""
    run = stage.run
    for each in stage.systems:
        each.faults.set(Fault(mode="status", status=503))
    known = run.ledger.counts(_CENTRAL).effects
    await _publish(run, _BACKLOG)
    await _judged(run)
    returned_ms = _now_ms()
    for each in stage.systems:
        each.faults.set(Fault())
    await run.rest(quiet_s=_QUIET_S)
    first_ms = _applied(run, known)[0]
    return _spent_s(run, known), (first_ms - returned_ms) / 1000


async def _publish(run: Run, events: int) -> None:
    run.seed += 1
    await run.publish(events)


async def _judged(run: Run) -> None:
    """Wait until exchange has judged everything."""
    while run.progress.judged < run.acknowledged:
        await asyncio.sleep(_LOOK_S)


def _applied(run: Run, known: int) -> Sequence[int]:
    """When the system applied each event after the first `known`, ms, in order."""
    return [each.first_seen for each in run.ledger.entries(_CENTRAL)][known:]


def _spent_s(run: Run, known: int) -> float:
    at = _applied(run, known)
    return (at[-1] - at[0]) / 1000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _steady(run: Run) -> None:
    sents = traffic(1_000_000, run.seed + 7, bad=0.0, repeated=0.0)
    while some := list(islice(sents, _STEADY)):
        await run.send(some)
        await asyncio.sleep(_EVERY_S)


async def _delays(run: Run) -> Sequence[tuple[int, int]]:
    found = []
    for topic in run.topics("receipt"):
        async for received in whole(run.bus, topic):
            said = read_record(received.value, run.catalogue)
            found.append((said["received_at"], said["delivered_at"] - said["received_at"]))
    return found
