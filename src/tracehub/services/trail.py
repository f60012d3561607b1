"""Trail: what exchange has sent from each raw partition, across restarts, and the markers of it.

Every batch carries a checkpoint of the links after it, published with the outputs and before the
offset passes; a start takes the newest one at or below its first record. Must not know how an
event is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracehub.bus.port import Bus
from tracehub.model.facts import Facts
from tracehub.model.record import Position, Received, Record
from tracehub.model.sequence import MARKER_ITEM, Links, Place
from tracehub.services.checkpoint import Checkpoint, Checkpoints

_NO_KEY = b"\0" * 32


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


class Trail:
    """The links of every raw partition that this member reads."""

    def __init__(self, checkpoints: Checkpoints, rules_version: bytes) -> None:
        self._checkpoints = checkpoints
        self._rules_version = rules_version
        self._spans: dict[tuple[str, int], _Span] = {}

    async def begin(self, first: Received) -> Links:
        """The links to follow for the batch that starts with `first`.

        The same batch again, after a publish that failed, gets the same links again.
        """
        key = first.topic, first.partition
        span = self._spans.get(key)
        if span is not None and first.offset == span.next:
            span.start, span.before = span.next, span.links
        elif span is None or first.offset != span.start:
            before = await self._load(first.position)
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

    async def _load(self, at: Position) -> Links:
        found = await self._checkpoints.load(at.topic, at.partition, at.offset)
        if found is None:
            return Links(known=at.offset == 0)
        return Links(_places(found.table))


def _places(table: Mapping[str, tuple[int, int]]) -> dict[str, Place]:
    return {topic: (offset, item) for topic, (offset, item) in table.items()}
