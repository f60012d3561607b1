"""What being watched costs: the exchange in its pump, and without metrics, tracing or an index.

Nothing but instructions can tell these apart: `bench.instructions` counts them. Must not know how.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from tracehub.app import Edges, exchange_stage, judgement
from tracehub.clock import SystemClock
from tracehub.model.record import Received
from tracehub.services.pump import Pump
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.telemetry.metrics import Metrics
from tracehub.testing.offline import Swallowing

WHOLE: Final = "pump (as it runs)"
NO_METRICS: Final = "pump (no metrics)"
NO_TRACING: Final = "pump (no tracing)"
NO_INDEX: Final = "pump (no index)"
LIMITS: Final[Mapping[str, tuple[str, float]]] = {
    "metrics": (NO_METRICS, 0.04),
    "tracing that is off": (NO_TRACING, 0.003),
    "the index": (NO_INDEX, 0.003),
}
"""What is there -> the pump without it, and the most that it may become of the whole.

The page of figures holds metrics against 3 %; an exchange that gets cheaper is no fault of theirs.
"""


def shares(counts: Mapping[str, float]) -> Mapping[str, float]:
    """What part of the exchange's instructions each of `LIMITS` is whose counts are there."""
    return {
        name: 1 - counts[without] / counts[WHOLE]
        for name, (without, _) in LIMITS.items()
        if counts.keys() >= {WHOLE, without}
    }


class Driven:
    """One exchange, driven by its pump; every batch is a turn of its own.

    Args:
        settings: of the hub, with an index.
        name: which of `WHOLE`, `NO_METRICS`, `NO_TRACING`, `NO_INDEX`.
    """

    def __init__(self, settings: Settings, name: str) -> None:
        if name == NO_INDEX:
            settings = settings.model_copy(update={"index": None})
        self.metrics = _NoMetrics() if name == NO_METRICS else Metrics()
        self._edges = Edges(silent(), _Still(), self.metrics)
        self.bus = Swallowing()
        self._exchange = exchange_stage(settings, judgement(settings), self.bus, self._edges)
        self._name = name

    async def take(self, batches: Sequence[Sequence[Received]]) -> None:
        """Run the pump over these batches to their end."""
        exchange, edges = self._exchange, self._edges
        stage = exchange.stage
        pump = Pump(
            "exchange",
            self.bus,
            stage if self._name == NO_TRACING else edges.traced("exchange", stage),
            exchange.refuse,
            exchange.arrived,
            exchange.passed,
            exchange.rest_s,
            edges.clock,
            edges.backoff(1.0, 1.0),
            edges.log,
            edges.metrics,
            edges.health.pulse("exchange"),
            edges.stopping,
            _unbooked if self._name == NO_METRICS else exchange.books.landed,
        )
        await pump.run(Handed(batches))


def _unbooked(_part: object) -> None:
    """No books: they are kept for a metric."""


class _Silent:
    """A metric that comes to nothing."""

    def labels(self, *_names: str) -> _Silent:
        return self

    def inc(self, _value: float = 1) -> None:
        pass

    set = observe = inc

    def set_function(self, _look: object) -> None:
        pass


class _NoMetrics(Metrics):
    """Every metric, none of which counts."""

    def __init__(self) -> None:
        super().__init__()
        for name in vars(self).keys() - {"registry"}:
            setattr(self, name, _Silent())


class _Still(SystemClock):
    """Time does not pass: no batch is cut because a machine is slow."""

    def monotonic_s(self) -> float:
        """Always the same."""
        return 0.0


class Handed:
    """A subscription to batches that are there."""

    def __init__(self, batches: Sequence[Sequence[Received]]) -> None:
        self._batches = iter(batches)

    def __aiter__(self) -> AsyncIterator[Sequence[Received]]:
        return self

    async def __anext__(self) -> Sequence[Received]:
        for batch in self._batches:
            return batch
        raise StopAsyncIteration

    async def commit(self, _done: Sequence[Received]) -> None:
        """As a log would, later."""
        await asyncio.sleep(0)

    async def rewind(self, batch: Sequence[Received]) -> None:
        """Nothing is ever read again."""
        raise NotImplementedError(f"{len(batch)} records: this log keeps nothing")

    def epoch(self, *_place: Any) -> int:
        """Nothing moves."""
        return 0

    def finished(self, _last: Received) -> None:
        """Nobody waits for it."""

    def hold(self, topic: str, partition: int) -> None:
        """Nobody waits."""

    release = hold

    def stop(self) -> None:
        """It ends by itself."""

    def assigned(self) -> Mapping[str, tuple[int, ...]]:
        """Nobody asks."""
        return {}

    def known(self) -> Mapping[tuple[str, int], int]:
        """Nobody asks."""
        return {}

    async def lag(self) -> Mapping[str, int]:
        """Nobody asks."""
        return {}
