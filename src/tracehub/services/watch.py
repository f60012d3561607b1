"""Watch: which records of a deliver topic are new, repeats, markers, or come after a gap.

A pure fold over each partition of the log (`model.sequence.Marks`), rebuilt after a restart from
the newest checkpoint at or below the first record. Must not know what a delivery is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tracehub.bus.port import Bus
from tracehub.errors import RejectError
from tracehub.model.facts import Facts, facts_of
from tracehub.model.record import Received, Record, header_value
from tracehub.model.sequence import Marks, Place, Sight
from tracehub.services.checkpoint import Checkpoint, Checkpoints
from tracehub.services.dead_letter import REPLAY_HEADER
from tracehub.services.waiting import stretch

CHECKPOINT_EVERY: Final = 1000
"""Records between two checkpoints of a partition: the most that a restart reads again."""


@dataclass(slots=True)
class _View:
    """One partition: `[start, next)` was looked at and is not finished; `told` holds verdicts."""

    start: int
    next: int
    marks: Marks
    saved: int
    told: dict[int, Sight] = field(default_factory=dict)


class Watch:
    """What one deliver service has seen of the partitions it reads."""

    def __init__(self, bus: Bus, checkpoints: Checkpoints) -> None:
        self._bus = bus
        self._checkpoints = checkpoints
        self._views: dict[tuple[str, int], _View] = {}

    async def look(self, records: Sequence[Received]) -> Sequence[Sight]:
        """Judge records of one partition: a new batch, or some that are tried again.

        What comes after a gap in its own raw partition is `gap`, until the log holds the record
        that closes it: the exchange, set back to before the gap, sends all of it once more.
        """
        view = await self._view(records[0])
        open_gaps: set[tuple[str, int]] = set()
        sights: list[Sight] = []
        for received in records:
            sight: Sight = "new"
            if received.offset < view.next:
                sight = view.told.get(received.offset, "new")
            if received.offset >= view.next or sight == "gap":
                sight = await self._judge(view.marks, received, open_gaps)
                view.told[received.offset] = sight
                view.next = max(view.next, received.offset + 1)
            sights.append(sight)
        return sights

    def passed(self, last: Received) -> None:
        """Forget what is known of records up to `last`; they will not be asked for again."""
        view = self._views.get((last.topic, last.partition))
        if view is not None and last.offset < view.next:
            view.start = last.offset + 1
            view.told = {at: told for at, told in view.told.items() if at > last.offset}

    def behind(self, topic: str, partition: int) -> int | None:
        """The offset of the first record that waits behind a gap, as it was last judged."""
        view = self._views.get((topic, partition))
        told = view.told.items() if view is not None else ()
        return min((at for at, sight in told if sight == "gap"), default=None)

    async def _judge(
        self, marks: Marks, received: Received, open_gaps: set[tuple[str, int]]
    ) -> Sight:
        facts = _facts(received)
        sight = _see(marks, facts)
        if facts is None or sight != "gap":
            return sight
        source = facts.position.topic, facts.position.partition
        if source not in open_gaps and await self._closed_later(marks, received, source):
            return "repeat"
        open_gaps.add(source)
        return "gap"

    def checkpoint(self, received: Received) -> Record | None:
        """The marks of a partition, when enough records went by since they were last saved."""
        view = self._views[received.topic, received.partition]
        if view.next - view.saved < CHECKPOINT_EVERY:
            return None
        view.saved = view.next
        seen = [[*source, *place] for source, place in view.marks.as_mapping().items()]
        table = {"complete": view.marks.complete, "seen": seen}
        return self._checkpoints.record(
            received.topic, received.partition, Checkpoint(view.next, table)
        )

    async def _view(self, first: Received) -> _View:
        key = first.topic, first.partition
        view = self._views.get(key)
        if view is None or not view.start <= first.offset <= view.next:
            view = self._views[key] = await self._rebuilt(first)
        return view

    async def _rebuilt(self, first: Received) -> _View:
        topic, partition, at = first.topic, first.partition, first.offset
        found = await self._checkpoints.load(topic, partition, at)
        marks = _marks(found.table) if found else None
        saved = found.offset if found else 0
        async for received in stretch(self._bus, topic, partition, saved, at):
            if marks is None:
                marks = Marks(complete=received.offset == 0)
            _see(marks, _facts(received))
        return _View(at, at, marks or Marks(complete=at == 0), saved)

    async def _closed_later(self, marks: Marks, after: Received, source: tuple[str, int]) -> bool:
        """Does the log hold, further on, the record that should have come here?"""
        topic, partition = after.topic, after.partition
        end = (await self._bus.ends(topic))[partition]
        async for received in stretch(self._bus, topic, partition, after.offset + 1, end):
            facts = _facts(received)
            if facts is not None and facts.position[:2] == source and marks.continues(facts):
                return True
        return False


def _see(marks: Marks, facts: Facts | None) -> Sight:
    return "new" if facts is None else marks.see(facts)


def _facts(received: Received) -> Facts | None:
    """The facts that place a record in its sequence; None when it stands outside of any."""
    if header_value(received.headers, REPLAY_HEADER) is not None:
        return None
    try:
        return facts_of(received.headers)
    except RejectError:
        return None  # deliver refuses it with the reason


def _marks(table: Any) -> Marks:
    seen: dict[tuple[str, int], Place] = {
        (topic, partition): (offset, item) for topic, partition, offset, item in table["seen"]
    }
    return Marks(seen, complete=table["complete"])
