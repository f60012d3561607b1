"""A batch that the compiled parts write at once, in the place of the client's own builder.

It is numbered by producer when it is its turn, which may be later. Must not know where it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tracehub.bus.compiled import Batches
from tracehub.bus.kafka_settings import BATCH_BYTES
from tracehub.bus.limit import refuse_large
from tracehub.clock import Clock, SystemClock
from tracehub.model.record import Row

_CLOCK: Final[Clock] = SystemClock()


class Packed:
    """A batch that the compiled parts write at once.

    Attributes:
        count: how many records it has.
    """

    def __init__(self, batches: Batches, place: tuple[str, int]) -> None:
        self._batches = batches
        self._place = place
        self._bytes = bytearray()
        self.count = 0

    def fill(self, rows: Sequence[Row], begin: int) -> int:
        """Take from index `begin` on while there is room; returns the index of the next.

        Raises:
            RejectError: one of them is over the limits.
        """
        packed = self._batches.pack(rows, begin, _CLOCK.now_ms(), BATCH_BYTES, self._refuse)
        self._bytes, self.count = packed
        return begin + self.count

    def numbered(self, producer_id: int, epoch: int, sequence: int) -> bytearray:
        """Its bytes; asked once."""
        self._batches.seal(self._bytes, producer_id, epoch, sequence)
        return self._bytes

    def _refuse(self, row: Row) -> None:
        refuse_large({self._place: (row,)})
