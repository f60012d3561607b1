"""Trail: what exchange has sent from each raw partition, across restarts, and the markers of it.

Every batch carries a checkpoint of the links after it, published with the outputs and before the
offset passes; a start takes the newest one at or below its first record. Must not know how an
event is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tracehub.bus.port import Bus
from tracehub.model.facts import Facts
from tracehub.model.record import Position, Received, Record
from tracehub.model.sequence import MARKER_ITEM, Links, Place
from tracehub.services.checkpoint import Checkpoint, Checkpoints

_NO_KEY = b"\0" * 32
_NOT_OURS = -1


@dataclass(slots=True)
class _Span:
    """The batch in hand, or the last one, of a raw partition.

    Attributes:
        start, before: its first offset, and the links there.
        next, links: the offset after it, and the links there.
        passed: the group's offset has passed it, so every output is durable.
        marked: the last place of each output topic that a marker has told.
    """

    start: int
    before: Links
    next: int
    links: Links
    passed: bool = False
    marked: dict[str, Place] = field(default_factory=dict)


class Assigned(Protocol):
    """What is asked of a subscription."""

    def epoch(self, topic: str, partition: int) -> int:
        """Number of the assignment of a partition; `_NOT_OURS` when there is none."""
        ...

    def assigned(self) -> Mapping[str, tuple[int, ...]]:
        """Partitions by topic that are ours."""
        ...


class Trail:
    """The links of every raw partition that this member reads."""

    def __init__(self, checkpoints: Checkpoints, rules_version: bytes) -> None:
        self._checkpoints = checkpoints
        self._rules_version = rules_version
        self._spans: dict[tuple[str, int], _Span] = {}
        self._subscription: Assigned | None = None
        self._seen: dict[tuple[str, int], int] = {}
        self._fresh: set[tuple[str, int]] = set()

    def joined(self, subscription: Assigned) -> None:
        """What the partitions of one assignment need can be loaded together from now on."""
        self._subscription = subscription

    async def read(self, batch: Sequence[Received]) -> None:
        """Load what the partition of a batch needs, if it is new here, and all others like it.

        It can be done before it is its turn.

        Raises:
            RetryError: the log did not answer; `begin()` asks again.
        """
        place = batch[0].topic, batch[0].partition
        if self._seen.get(place, _NOT_OURS) == self._epoch(place):
            return
        # Ours before the end is asked for: nobody else saves anything of them until they move.
        new = self._new()
        await self._checkpoints.catch_up({partition for _, partition in new})
        for place, epoch in new.items():
            if self._seen.get(place) != epoch:
                self._seen[place] = epoch
                self._fresh.add(place)

    async def begin(self, first: Received) -> Links:
        """The links to follow for the batch that starts with `first`.

        The same batch again, after a publish that failed, gets the same links again.
        """
        key = first.topic, first.partition
        epoch = self._epoch(key)
        fresh = key in self._fresh and self._seen[key] == epoch
        self._fresh.discard(key)
        self._seen[key] = epoch
        span = self._spans.get(key)
        if span is not None and first.offset == span.next:
            span.start, span.before = span.next, span.links
        elif span is None or first.offset != span.start:
            before = await self._load(first.position, fresh=fresh)
            span = self._spans[key] = _Span(first.offset, before, first.offset, before)
        span.passed = False
        span.links = span.before.copy()
        return span.links

    def end(self, last: Received) -> Record:
        """The checkpoint after the batch that ends with `last`."""
        span = self._spans[last.topic, last.partition]
        span.next = last.offset + 1
        return self._checkpoints.record(
            last.topic, last.partition, Checkpoint(span.next, span.links.as_mapping())
        )

    def passed(self, last: Received) -> None:
        """Note that the group's offset has passed `last`."""
        span = self._spans.get((last.topic, last.partition))
        if span is not None and span.next == last.offset + 1:
            span.passed = True

    async def mark(self, bus: Bus) -> None:
        """Tell the readers of every output that is at rest what its last record was.

        Without a marker a lost tail would have no successor to show it.

        Raises:
            RetryError: the bus did not acknowledge; the next call tells the same again.
        """
        due: list[tuple[_Span, str, Place, Record]] = []
        for (topic, partition), span in self._spans.items():
            if span.passed:
                position = Position(topic, partition, span.next - 1)
                for output, place in span.links.as_mapping().items():
                    if span.marked.get(output) != place:
                        due.append((span, output, place, self._marker(output, position, place)))
        await bus.publish([record for *_, record in due])
        for span, output, place, _ in due:
            span.marked[output] = place

    def _marker(self, output: str, position: Position, last: Place) -> Record:
        version = self._rules_version
        facts = Facts(position, MARKER_ITEM, _NO_KEY, 0, 0, "none", version, version, previous=last)
        return Record(output, b"", b"", (facts.header(),), position.partition)

    def _epoch(self, place: tuple[str, int]) -> int:
        return _NOT_OURS if self._subscription is None else self._subscription.epoch(*place)

    def _new(self) -> Mapping[tuple[str, int], int]:
        """The assignment of each partition of which nothing was loaded in it."""
        owned = self._subscription.assigned() if self._subscription else {}
        places = ((topic, each) for topic, partitions in owned.items() for each in partitions)
        epochs = {place: self._epoch(place) for place in places}
        return {
            place: epoch
            for place, epoch in epochs.items()
            if epoch not in {_NOT_OURS, self._seen.get(place)}
        }

    async def _load(self, at: Position, *, fresh: bool) -> Links:
        if not fresh:
            await self._checkpoints.catch_up({at.partition})
        found = self._checkpoints.newest(at.topic, at.partition, at.offset)
        if found is None:
            return Links(known=at.offset == 0)
        return Links(_places(found.table))


def _places(table: Mapping[str, tuple[int, int]]) -> dict[str, Place]:
    return {topic: (offset, item) for topic, (offset, item) in table.items()}
