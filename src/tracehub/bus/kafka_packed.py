"""A batch that the compiled parts write at once, in the place of the client's own builder.

The client numbers it by producer when it takes it, which may be later, and asks for its bytes again
when it sends it again: they stay the same. Must not know where it goes.
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
    """A batch that the compiled parts write at once, with all that the client asks of one."""

    def __init__(self, batches: Batches, place: tuple[str, int]) -> None:
        self._batches = batches
        self._place = place
        self._bytes = bytearray()
        self._count = 0
        self._state = -1, -1, 0
        self._sealed = False

    def fill(self, rows: Sequence[Row], begin: int) -> int:
        """Take from index `begin` on while there is room; returns the index of the next.

        Raises:
            RejectError: one of them is over the limits.
        """
        packed = self._batches.pack(rows, begin, _CLOCK.now_ms(), BATCH_BYTES, self._refuse)
        self._bytes, self._count = packed
        return begin + self._count

    def close(self) -> None:
        """It is closed from the beginning."""

    def closed(self) -> bool:
        """Nothing can be appended."""
        return True

    def size(self) -> int:
        """In bytes."""
        return len(self._bytes)

    def record_count(self) -> int:
        """How many records it has."""
        return self._count

    def _set_producer_state(self, producer_id: int, epoch: int, base_sequence: int) -> None:
        self._state = producer_id, epoch, base_sequence

    def _build(self) -> bytearray:
        if not self._sealed:
            self._batches.seal(self._bytes, *self._state)
            self._sealed = True
        return self._bytes

    def _refuse(self, row: Row) -> None:
        refuse_large({self._place: (row,)})
