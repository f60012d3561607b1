"""Pace: how many records are staged at a time. Pure.

A batch that takes long to stage is cut, so that what is done already goes to the log meanwhile,
other partitions have their turn, and signs of life and of the group are given in time.
"""

from __future__ import annotations

from typing import Final

STAGE_S: Final = 0.1
"""What staging should take at most; longer than a busy neighbour may stretch a fast batch to."""
FEWEST: Final = 200
"""At least so many, whatever it takes: a receiver may take them in one call."""
MOST: Final = 5000
_OF_THE_LAST: Final = 0.25


class Pace:
    """The pace of one service, measured as it goes."""

    def __init__(self) -> None:
        self._record_s = 0.0

    def note(self, records: int, spent_s: float) -> None:
        """Note how long some records took."""
        self._record_s += (spent_s / records - self._record_s) * _OF_THE_LAST

    @property
    def most(self) -> int:
        """How many to stage next, at most."""
        if self._record_s * MOST <= STAGE_S:
            return MOST
        return max(FEWEST, int(STAGE_S / self._record_s))
