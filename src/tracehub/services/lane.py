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
Place = tuple[str, int]
"""A topic and the number of a partition."""


@dataclass(slots=True)
class Lane:
    """One partition during one assignment.

    Attributes:
        epoch: the assignment.
        passed: the offset that the group has committed.
        read: the last record of what was read and is in the log but for what is held, if any.
        held: records that wait, in order.
        airborne: how often it stands in turns that are not in the log yet.
        trying: they were staged again, and what came of it is not in the log yet.
        tries: rounds in which nothing of what is held was finished.
        due_s: when they are tried next, monotonic.
        rest_until_s: until when nothing more is read, monotonic.
        paused: the subscription was told to hand out nothing more.
    """

    epoch: int
    passed: int
    read: Received | None = None
    held: tuple[Received, ...] = ()
    airborne: int = 0
    trying: bool = False
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
        before = (each for each in self.held if each.offset < batch[0].offset)
        self._hold((*before, *waiting))

    def land(self, batch: Sequence[Received]) -> None:
        """Note that the outputs of a batch are in the log."""
        self.read = batch[-1]

    def set_back(self, first: Received) -> None:
        """Forget what was held from `first` on: it will be read again."""
        self._hold(tuple(each for each in self.held if each.offset < first.offset))

    def finish(self, tried: Sequence[Received], waiting: Sequence[Received]) -> None:
        """Note that held records were tried again, of which `waiting` still is held."""
        gone = {each.offset for each in tried} - {each.offset for each in waiting}
        self.trying = False
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


class Lanes:
    """The lanes that hold, rest or stand in a turn; a partition at rest has none."""

    def __init__(self) -> None:
        self._lanes: dict[Place, Lane] = {}

    def at(self, place: Place, epoch: int, first: int) -> Lane:
        """The lane of a partition in an assignment; a new one begins at offset `first`."""
        lane = self._lanes.get(place)
        if lane is None or lane.epoch != epoch:
            lane = self._lanes[place] = Lane(epoch, first)
        return lane

    def forget(self, place: Place, lane: Lane) -> None:
        """It is not ours any more."""
        if self._lanes.get(place) is lane:
            del self._lanes[place]

    def due(self, now_s: float) -> list[tuple[Place, Lane]]:
        """Those whose held records are to be tried again."""
        return [
            (place, lane)
            for place, lane in self._lanes.items()
            if lane.held and not lane.trying and lane.due_s <= now_s
        ]

    def next_s(self) -> float | None:
        """When one is due, or has rested; None when nothing but a record changes anything."""
        lanes = self._lanes.values()
        dues = [lane.due_s for lane in lanes if lane.held and not lane.trying]
        dues += [lane.rest_until_s for lane in lanes if lane.paused and lane.roomy]
        return min(dues, default=None)

    def read_on(self, now_s: float) -> list[Place]:
        """Those that have rested and have room, from now on not paused; what is at rest goes."""
        found = []
        for place, lane in tuple(self._lanes.items()):
            if lane.paused and lane.roomy and lane.rest_until_s <= now_s:
                lane.paused = False
                found.append(place)
            if not (lane.held or lane.paused or lane.airborne):
                del self._lanes[place]
        return found

    def held(self) -> list[Received]:
        """All that waits, of every partition in order."""
        return [each for lane in self._lanes.values() for each in lane.held]
