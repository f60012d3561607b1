"""Links and Marks: how a loss, a repeat or a gap between exchange and its readers is seen.

Exchange writes into every output the raw position of the one before it (`Links`); a reader keeps
the highest raw position it has seen (`Marks`). Both are pure folds over one partition of a log,
so they can be rebuilt from it at any time. The proof that this loses nothing and drops only
repeats is the model in `tests/model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from tracehub.model.facts import Facts

Place = tuple[int, int]
"""A raw offset and the index of the event in that record."""
NONE: Final[Place] = (-1, -1)
"""Before the first record."""
UNKNOWN: Final[Place] = (-2, -2)
"""The link is not known: the exchange had lost its checkpoint. Nothing can be concluded."""
MARKER_ITEM: Final = 0xFFFFFFFF
"""The item of a marker, a record that carries a link and no event."""

Sight = Literal["new", "repeat", "gap", "marker"]


class Links:
    """The last place sent to each output topic, from one raw partition.

    Attributes:
        last: that place by topic; whoever sends on writes it.
        first: what stands for a topic that nothing went to.
    """

    def __init__(self, last: Mapping[str, Place] | None = None, *, known: bool = True) -> None:
        self.last = dict(last or {})
        self.first = NONE if known else UNKNOWN

    def follow(self, topic: str, place: Place) -> Place:
        """Note that `place` goes to `topic` now; returns what went there before it."""
        before = self.before(topic)
        self.last[topic] = place
        return before

    def before(self, topic: str) -> Place:
        """The last place that went to `topic`."""
        return self.last.get(topic, self.first)

    def copy(self) -> Links:
        """The same links, to be followed apart."""
        return Links(self.last, known=self.first == NONE)

    def as_mapping(self) -> Mapping[str, Place]:
        """A copy of the table."""
        return dict(self.last)


class Marks:
    """The highest raw place seen from each raw partition, in one partition of an output topic.

    `complete` is False when the fold could not begin at the partition's first record: then the
    first record from each raw partition is taken as it comes.
    """

    def __init__(
        self, seen: Mapping[tuple[str, int], Place] | None = None, *, complete: bool = True
    ) -> None:
        self._seen = dict(seen or {})
        self._floor = NONE if complete else None

    def see(self, facts: Facts) -> Sight:
        """Judge one record in log order.

        Returns:
            `new`: its effect is due. `repeat`: it, or a later one, was here before. `gap`: a
            record before it is missing; the mark stays. `marker`: nothing is due, nothing missing.
        """
        source = facts.position.topic, facts.position.partition
        mark = self._seen.get(source, self._floor)
        gap = mark is not None and facts.previous > mark
        if facts.item == MARKER_ITEM:
            return "gap" if gap else "marker"
        place = facts.position.offset, facts.item
        if mark is not None and place <= mark:
            return "repeat"
        if gap:
            return "gap"
        self._seen[source] = place
        return "new"

    def continues(self, facts: Facts) -> bool:
        """Would `see()` call this record new?"""
        mark = self._seen.get((facts.position.topic, facts.position.partition), self._floor)
        place = facts.position.offset, facts.item
        return facts.item != MARKER_ITEM and (mark is None or facts.previous <= mark < place)

    @property
    def complete(self) -> bool:
        """The fold began at the partition's first record."""
        return self._floor is not None

    def as_mapping(self) -> Mapping[tuple[str, int], Place]:
        """A copy of the marks."""
        return dict(self._seen)
