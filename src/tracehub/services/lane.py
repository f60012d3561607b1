"""Lane: what of one partition is read and not finished. Pure; the pump drives it.

A record whose key waits is held, and everything else goes on. The offset passes up to the first
held record and no further, so nothing needs to be stored: a restart reads from there again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tracehub.model.record import Received

MOST_HELD: Final = 500
MOST_HELD_BYTES: Final = 4 * 1024 * 1024
"""From here on a partition is not read further until half of what it holds is finished."""


@dataclass(slots=True)
class Lane:
    """One partition during one assignment.

    Attributes:
        epoch: the assignment.
        passed: the offset that the group has committed.
        read: the last record that was read, if any.
        held: records that wait, in order.
        tries: rounds in which nothing of what is held was finished.
        due_s: when they are tried next, monotonic.
        rest_until_s: until when nothing more is read, monotonic.
        paused: the subscription was told to hand out nothing more.
    """

    epoch: int
    passed: int
    read: Received | None = None
    held: tuple[Received, ...] = ()
    tries: int = 0
    due_s: float = 0.0
    rest_until_s: float = 0.0
    paused: bool = False
    _keys: frozenset[bytes] = field(default_factory=frozenset)

    def waits(self, received: Received) -> bool:
        """True when an earlier record of the same key is held."""
        return received.key in self._keys

    def take(self, batch: Sequence[Received], waiting: Sequence[Received]) -> None:
        """Note that a batch was read, or read again, of which `waiting` is held."""
        self.read = batch[-1]
        before = (each for each in self.held if each.offset < batch[0].offset)
        self._hold((*before, *waiting))

    def finish(self, tried: Sequence[Received], waiting: Sequence[Received]) -> None:
        """Note that held records were tried again, of which `waiting` still is held."""
        gone = {each.offset for each in tried} - {each.offset for each in waiting}
        self.tries = 0 if gone else self.tries + 1
        self._hold(tuple(each for each in self.held if each.offset not in gone))

    def end(self) -> Received | None:
        """The last record before which all is finished; None when the offset is there already."""
        if self.held:
            first = self.held[0]
            last = first._replace(offset=first.offset - 1)
        elif self.read is not None:
            last = self.read
        else:
            return None
        return last if last.offset >= self.passed else None

    @property
    def full(self) -> bool:
        """It holds as much as it may."""
        return self._holds(MOST_HELD, MOST_HELD_BYTES)

    @property
    def roomy(self) -> bool:
        """It holds less than half of what it may."""
        return not self._holds(MOST_HELD // 2, MOST_HELD_BYTES // 2)

    def _hold(self, held: tuple[Received, ...]) -> None:
        self.held = held
        self._keys = frozenset(each.key for each in held)

    def _holds(self, records: int, size: int) -> bool:
        return len(self.held) >= records or sum(len(each.value) for each in self.held) >= size
