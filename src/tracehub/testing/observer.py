"""Observer: reads every topic of a hub from outside any group and keeps the count.

Repeats that the log holds (a producer's retry, a second try after a crash) are counted once, by
position and item, and their number is kept apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import read_record
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.connection import Connection
from tracehub.model.facts import facts_of
from tracehub.model.record import Received
from tracehub.model.sequence import MARKER_ITEM
from tracehub.services.dead_letter import read
from tracehub.services.waiting import stretch

Item = tuple[str, int, int, int]
"""One event for ever: raw topic, partition, offset, index in the document."""


@dataclass(slots=True)
class Seen:
    """What lies on the topics so far.

    Attributes:
        canonical: events on `event.*`.
        refused: dead letters of inputs, by id, with their first reason.
        receipts: (item, connection) that were delivered or repeated, with the status.
        failed: (item, connection) whose delivery became a dead letter.
        repeats: records that repeat another one's position and item.
    """

    canonical: set[Item] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    receipts: dict[tuple[Item, str], str] = field(default_factory=dict)
    failed: set[tuple[Item, str]] = field(default_factory=set)
    repeats: int = 0

    @property
    def published(self) -> int:
        """Items that the exchange has judged."""
        return len(self.canonical) + len(self.refused)

    def deliveries(self) -> Counter[str]:
        """Delivered and repeated events by connection."""
        return Counter(connection for _, connection in self.receipts)


class Observer:
    """Follows the topics of one hub; call `look()` as often as you like."""

    def __init__(self, bus: Bus, catalogue: Catalogue, connections: Sequence[Connection]) -> None:
        self._bus = bus
        self._catalogue = catalogue
        self._next: dict[tuple[str, int], int] = {}
        categories = {category for each in connections for category in each.categories}
        names = [topics.event(category) for category in sorted(categories)]
        for each in connections:
            names.append(topics.dead_letter(each.id))
            if each.receives:
                names.append(topics.receipt(each.id))
        self._topics = names
        self.seen = Seen()

    async def look(self) -> Seen:
        """Read what is new on every topic."""
        for topic in self._topics:
            for partition, end in enumerate(await self._bus.ends(topic)):
                await self._catch_up(topic, partition, end)
        return self.seen

    async def _catch_up(self, topic: str, partition: int, end: int) -> None:
        first = self._next.get((topic, partition), 0)
        async for received in stretch(self._bus, topic, partition, first, end):
            self._count(topic, received)
            self._next[topic, partition] = received.offset + 1

    def _count(self, topic: str, received: Received) -> None:
        if topic.startswith("event."):
            facts = facts_of(received.headers)
            if facts.item == MARKER_ITEM:
                return
            item: Item = (*facts.position, facts.item)
            self.seen.repeats += item in self.seen.canonical
            self.seen.canonical.add(item)
        elif topic.startswith("dead-letter."):
            letter = read(received.value, self._catalogue)
            if letter.stage == "exchange":
                self.seen.repeats += letter.id in self.seen.refused
                self.seen.refused[letter.id] = letter.code
        else:
            self._count_receipt(read_record(received.value, self._catalogue))

    def _count_receipt(self, receipt: Mapping[str, Any]) -> None:
        item: Item = (receipt["topic"], receipt["partition"], receipt["offset"], receipt["item"])
        pair = (item, str(receipt["connection"]))
        if receipt["status"] == "dead_lettered":
            self.seen.repeats += pair in self.seen.failed
            self.seen.failed.add(pair)
        else:
            self.seen.repeats += pair in self.seen.receipts
            self.seen.receipts.setdefault(pair, str(receipt["status"]))
