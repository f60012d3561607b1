"""What every workload of a run is given. Must not know any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.broker import Broker
from bench.figures import Figures


class Bench(NamedTuple):
    """The means of a run.

    Attributes:
        broker: Kafka.
        folder: for settings, logs and databases.
        rounds: how many must count.
        events: of one round of a fast workload; the slow ones take a part of it.
        soak: events of the memory workload.
        peers: which contenders of others take part.
    """

    broker: Broker
    folder: Path
    rounds: int
    events: int
    soak: int
    peers: Sequence[str] = ()

    @property
    def few(self) -> int:
        """Events of one round of a slow workload: several batches of every partition."""
        return max(2000, self.events // 3)


Workload = Callable[[Bench], Sequence[Figures]]
