"""Answers: up to where it was asked what holds, and what was judged before the answer came. Pure.

Must not know what was asked, or what the answer says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tracehub.model.record import Received
from tracehub.services.lane import Place

_MEMORY: Final = 4
"""Batches of one partition that are judged and not published; the pump has at most two."""


def end_of(batch: Sequence[Received]) -> tuple[Place, int]:
    """The partition of a batch, and the offset behind it."""
    last = batch[-1]
    return (last.topic, last.partition), last.offset + 1


class Answers:
    """The answers of one log to one member."""

    def __init__(self) -> None:
        self._told: dict[Place, int] = {}
        self._asked: Mapping[Place, int] = {}
        self._doubts: dict[Place, dict[int, int]] = {}

    def ask(self, ends: Mapping[Place, int]) -> None:
        """Note a question, about all before these offsets."""
        self._asked = ends

    def tell(self, ends: Mapping[Place, int]) -> None:
        """Note an answer."""
        self._told.update(ends)

    def over(self) -> None:
        """The question has an answer, or will have none."""
        self._asked = {}

    def known(self, place: Place, end: int) -> bool:
        """All before an offset was answered."""
        return end <= self._told.get(place, 0)

    def asked(self, place: Place, end: int) -> bool:
        """The answer about all before an offset is on its way."""
        return end <= self._asked.get(place, 0)

    def doubt(self, batch: Sequence[Received], switches: int) -> None:
        """Note by how many switches a batch was judged; the answer may tell of another."""
        place, end = end_of(batch)
        if self.known(place, end):
            self.doubted(batch)
            return
        doubts = self._doubts.setdefault(place, {})
        doubts[batch[0].offset] = switches
        if len(doubts) > _MEMORY:
            del doubts[min(doubts)]

    def doubted(self, batch: Sequence[Received]) -> int | None:
        """The number that was noted, once; None when there is no doubt."""
        first = batch[0]
        doubts = self._doubts.get((first.topic, first.partition))
        return doubts.pop(first.offset, None) if doubts else None
