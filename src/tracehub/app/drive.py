"""Drive: one stage behind one subscription, until the wish to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from tracehub.app.edges import Edges
from tracehub.bus.port import Bus
from tracehub.errors import RejectError
from tracehub.model.outcome import Outcome
from tracehub.model.record import Received, Record
from tracehub.services.pump import Pump

_BACKOFF_S: Final = 0.1
_BACKOFF_MAX_S: Final = 5.0
_LAG_EVERY_S: Final = 5.0


class Driven(Protocol):
    """A stage and what the pump tells it; see `Pump`."""

    async def stage(self, batch: Sequence[Received]) -> Sequence[Outcome]:
        """One outcome per record, in order."""
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


def backoff(edges: Edges) -> Callable[[int], float]:
    """The wait before a service tries again what the log or a system did not take."""
    return edges.backoff(_BACKOFF_S, _BACKOFF_MAX_S)


async def drive(name: str, names: Sequence[str], stage: Driven, bus: Bus, edges: Edges) -> None:
    """Join the group and run until the wish to stop; `name` is also the group's."""
    pump = Pump(
        name,
        bus,
        stage.stage,
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
    )
    async with bus.subscribe(names, group=name) as subscription, asyncio.TaskGroup() as group:

        async def stop() -> None:
            await edges.stopping.wait()
            subscription.stop()

        async def watch() -> None:
            while True:
                edges.metrics.show_lag(await subscription.lag())
                await edges.clock.sleep(_LAG_EVERY_S)

        helpers = [group.create_task(stop()), group.create_task(watch())]
        await pump.run(subscription)
        for helper in helpers:
            helper.cancel()
