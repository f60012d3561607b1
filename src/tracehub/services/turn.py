"""Turn: what is staged of some partitions and goes to the log together. Pure; the pump drives it.

While one turn is on its way the next one grows, so that its size follows the load: a record that
comes alone goes at once, and under pressure many share one acknowledgement and one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple

from tracehub.model.record import Placed, Received, Row
from tracehub.services.lane import Lane, Place

MOST_RECORDS: Final = 4000
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a turn's outputs; it takes no further batch from here on."""
_value: Final = itemgetter(1)


class Part(NamedTuple):
    """A batch that was read, or held records of a lane that were tried again.

    Attributes:
        read: the batch; None for held records.
        tried: what was staged.
        waiting: of these, what is to be tried again.
        placed: to publish.
    """

    place: Place
    lane: Lane
    read: Sequence[Received] | None
    tried: Sequence[Received]
    waiting: Sequence[Received]
    placed: Placed

    def land(self) -> None:
        """Its outputs are in the log."""
        self.lane.airborne -= 1
        if self.read is None:
            self.lane.finish(self.tried, self.waiting)
        else:
            self.lane.land(self.read)

    def set_back(self) -> None:
        """Its outputs are not in the log, or not known to be: it will be staged again."""
        self.lane.airborne -= 1
        if self.read is None:
            self.lane.trying = False
        else:
            self.lane.set_back(self.read[0])


@dataclass(slots=True)
class Turn:
    """Parts in the order in which they were staged, of a partition at most one batch.

    More would leave more checkpoints behind than a restart is certain to find again.
    """

    parts: list[Part] = field(default_factory=list)
    places: set[Place] = field(default_factory=set)
    count: int = 0
    size: int = 0

    def add(self, part: Part) -> None:
        """Take one more."""
        part.lane.airborne += 1
        self.parts.append(part)
        if part.read is not None:
            self.places.add(part.place)
        self.count += len(part.tried)
        self.size += sum(map(len, map(_value, chain.from_iterable(part.placed.values()))))

    @property
    def roomy(self) -> bool:
        """It may take another batch."""
        return self.count < MOST_RECORDS and self.size < MOST_BYTES

    def enough(self, most: int) -> bool:
        """Its acknowledgement is worth asking for, though more is ready.

        Args:
            most: how many are staged at a time; so it took about as long as one batch may.
        """
        return self.count >= most or not self.roomy

    def drop_fenced(self, epoch: Callable[[str, int], int]) -> Sequence[Part]:
        """Take out what was read under an assignment that is over; returns it."""
        gone = [part for part in self.parts if epoch(*part.place) != part.lane.epoch]
        for part in gone:
            part.set_back()
            self.parts.remove(part)
        return gone

    def placed(self) -> Placed:
        """All that is to be published, of each partition in order."""
        found: dict[Place, list[Row]] = {}
        for part in self.parts:
            for place, rows in part.placed.items():
                found.setdefault(place, []).extend(rows)
        return found


def firsts(parts: Iterable[Part]) -> dict[Place, Received]:
    """Where each partition must be read again when none of this went to the log."""
    found: dict[Place, Received] = {}
    for part in parts:
        if part.read is not None:
            found.setdefault(part.place, part.read[0])
    return found
