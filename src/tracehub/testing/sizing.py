"""Sizing: from what an event costs to how many cores and how much disk a hub needs.

Must not know how the costs were measured.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

_TOGETHER: Final = 0.96
"""What a process gives when others work beside it, of what it gives alone."""
_AT_MEAN: Final = 0.5
_AT_PEAK: Final = 0.8
_DAY_S: Final = 86_400
_GIB: Final = 2**30


class Demand(NamedTuple):
    """What an operator expects.

    Attributes:
        mean, peak: events a second.
        retention_days: how long the log keeps everything.
        replication: how many brokers keep it.
    """

    mean: float
    peak: float
    retention_days: float
    replication: int


class Need(NamedTuple):
    """What a hub needs for a demand.

    Attributes:
        cores_mean: so that half of them are free at the mean.
        cores_peak: so that a fifth of them is free at the peak.
        gib: of disk on all brokers together, uncompressed.
    """

    cores_mean: int
    cores_peak: int
    gib: float

    @property
    def cores(self) -> int:
        """The larger of both."""
        return max(self.cores_mean, self.cores_peak)


def need(demand: Demand, cost_us: float, stored_bytes: float) -> Need:
    """Cores of the exchange, and disk.

    Args:
        demand: rates and retention.
        cost_us: CPU time of one event.
        stored_bytes: what one event leaves on all topics together.
    """
    rate = 1e6 / cost_us * _TOGETHER
    kept = demand.mean * _DAY_S * demand.retention_days * demand.replication
    return Need(
        math.ceil(demand.mean / (rate * _AT_MEAN)),
        math.ceil(demand.peak / (rate * _AT_PEAK)),
        kept * stored_bytes / _GIB,
    )
