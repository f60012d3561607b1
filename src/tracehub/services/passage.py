"""Passage: what is in the log and not committed, and when a commit is worth its price.

A commit costs as much as a turn of a few records, so it waits a moment for the next turn. Must not
know how turns come into the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tracehub.model.record import Received
from tracehub.services.lane import Lane, Place
from tracehub.services.turn import Part

WORTH_TURNS: Final = 2
"""So many are committed together, and at once."""
MOST_TURNS: Final = 3
"""Of those in the log and not committed: a restart must find the checkpoint it begins at."""
PATIENCE_S: Final = 0.01
"""A turn that no other follows is committed after so long."""


class End(NamedTuple):
    """Up to where a partition is finished: `last` is to be committed, `read` was read."""

    lane: Lane
    last: Received | None
    read: Received


@dataclass(slots=True)
class Passage:
    """The ends of partitions; a commit takes all that are there when it begins.

    Attributes:
        waiting: those that no commit has taken.
    """

    waiting: dict[Place, End] = field(default_factory=dict)
    _taken: dict[Place, End] = field(default_factory=dict)
    _turns: int = 0
    _turns_taken: int = 0

    @property
    def enough(self) -> bool:
        """No commit should wait for more."""
        return self._turns >= WORTH_TURNS

    @property
    def roomy(self) -> bool:
        """Another turn may go to the log."""
        return self._turns + self._turns_taken < MOST_TURNS

    def land(self, parts: Sequence[Part]) -> None:
        """Note that a turn is in the log."""
        for part in parts:
            before = self.waiting.get(part.place)
            read = part.read[-1] if part.read else before.read if before else part.tried[-1]
            self.waiting[part.place] = End(part.lane, part.lane.end(), read)
        self._turns += 1

    def begin(self) -> Sequence[Received]:
        """Take all; returns what is to be committed."""
        self._taken, self.waiting = self.waiting, {}
        self._turns_taken = self._turns
        self._turns = 0
        return [end.last for end in self._taken.values() if end.last is not None]

    def end(self) -> Mapping[Place, End]:
        """The commit is over; returns what it took."""
        ended, self._taken, self._turns_taken = self._taken, {}, 0
        return ended

    def give_back(self) -> None:
        """The commit was not taken: the next one takes the same, or what lies behind it."""
        self._turns += self._turns_taken
        self.waiting = {**self.end(), **self.waiting}
