"""Drive: one stage behind one subscription, until the wish to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from tracehub.app.edges import Edges
from tracehub.bus.port import Bus, Subscription
from tracehub.errors import RejectError
from tracehub.model.outcome import Staged
from tracehub.model.record import Received, Record
from tracehub.services.ahead import unasked
from tracehub.services.pump import Pump, sent
from tracehub.services.standing import Standing
from tracehub.services.turn import Part

_BACKOFF_S: Final = 0.1
_BACKOFF_MAX_S: Final = 5.0
_LAG_EVERY_S: Final = 5.0
_LAG_SOON_S: Final = 0.5
Owns = Callable[[Collection[int]], None]
"""Told again and again which partitions a member has of a service's only topic."""


class Driven(Protocol):
    """A stage and what the pump tells it; see `Pump`."""

    async def stage(self, batch: Sequence[Received]) -> Staged:
        """One outcome per record, in order, or what all come to."""
        ...

    async def arrived(self, batch: Sequence[Received]) -> None:
        """Told of a batch before it is staged."""
        ...

    def passed(self, last: Received) -> None:
        """Told of the last record that the group's offset has passed."""
        ...

    def rest_s(self, topic: str) -> float:
        """For how many seconds a topic should not be read."""
        ...

    def refuse(self, received: Received, error: RejectError) -> Record:
        """The dead letter of a record."""
        ...


class Reader(Protocol):
    """Who asks about batches before it is their turn; see `Pump`."""

    def joined(self, subscription: Subscription) -> None:
        """Told of the subscription before its first batch."""
        ...

    async def read(self, batch: Sequence[Received]) -> None:
        """Told of every batch as soon as it is read."""
        ...

    async def sure(self, parts: Sequence[Part]) -> None:
        """Asked for every turn before it is sent."""
        ...


class Unasking:
    """Asks nothing."""

    read = staticmethod(unasked)
    sure = staticmethod(sent)

    def joined(self, subscription: Subscription) -> None:
        """Nothing to know of it."""


def backoff(edges: Edges) -> Callable[[int], float]:
    """The wait before a service tries again what the log or a system did not take."""
    return edges.backoff(_BACKOFF_S, _BACKOFF_MAX_S)


async def drive(  # noqa: PLR0913, PLR0917 - what a service is, and what it works with
    name: str,
    names: Sequence[str],
    stage: Driven,
    bus: Bus,
    edges: Edges,
    standing: Standing | None = None,
    landed: Callable[[Part], None] = lambda _part: None,
    reader: Reader = Unasking(),  # noqa: B008 - it holds nothing
    owns: Owns = lambda _partitions: None,
) -> None:
    """Join the group and run until the wish to stop; `name` is also the group's.

    A `standing` has its lag kept; `landed` is told of acknowledged outputs, `owns` of partitions.
    """
    pump = Pump(
        name,
        bus,
        edges.traced(name, stage.stage),
        stage.refuse,
        stage.arrived,
        stage.passed,
        stage.rest_s,
        edges.clock,
        backoff(edges),
        edges.log.bind(service=name),
        edges.metrics,
        edges.health.pulse(name),
        edges.stopping,
        landed,
        reader.read,
        reader.sure,
    )
    async with bus.subscribe(names, group=name) as subscription, asyncio.TaskGroup() as group:
        stop, watch = _stop(subscription, edges), _watch(subscription, edges, standing, owns)
        beside = [group.create_task(each) for each in (stop, watch)]
        reader.joined(subscription)
        await pump.run(subscription)
        for each in beside:
            each.cancel()


async def _stop(subscription: Subscription, edges: Edges) -> None:
    await edges.stopping.wait()
    subscription.stop()


async def _watch(
    subscription: Subscription, edges: Edges, standing: Standing | None, owns: Owns
) -> None:
    """Show the lag and tell of what is owned, again and again."""
    while True:
        owns([each for owned in subscription.assigned().values() for each in owned])
        lag = await subscription.lag()
        edges.metrics.show_lag(lag)
        if standing is not None:
            standing.lag = sum(lag.values()) if subscription.assigned() else None
        await edges.clock.sleep(_LAG_EVERY_S if standing is None else _LAG_SOON_S)
