"""History: what was published, what every topic holds, what every system did. Nothing is judged.

Published records carry their number in a header, so that each is found again wherever it lies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import read_record
from tracehub.bus.port import Bus
from tracehub.model.facts import body_check, facts_of
from tracehub.model.record import Received, header_value
from tracehub.model.sequence import MARKER_ITEM
from tracehub.services.dead_letter import read
from tracehub.services.waiting import whole
from tracehub.testing.systems import Ledger
from tracehub.testing.traffic import Sent

NUMBER_HEADER: Final = "number"
Place = tuple[str, int, int, int]
"""Raw topic, partition, offset, index of the event in the record."""


@dataclass(slots=True)
class History:
    """All that can be seen from outside.

    Attributes:
        sent: what was published, by number, without its bytes; all of it was acknowledged.
        raw: number of the record at each raw position (topic, partition, offset).
        canonical: effect key of each event on `event.*`, by place.
        refused: first reason of each dead letter of an input, by place; index -1: whole record.
        receipts: statuses of the receipts for each (place, receiver).
        effects: (receiver, effect key) in the order of first effects.
        applications: how often each (receiver, effect key) was applied, when more than once.
        lies: (receiver, effect key) that a system said it had applied, and had not then.
        ends: the last place on each (hub topic, partition) from each raw topic.
        told: the last place of each that a marker tells.
        repeats: records on hub topics that repeat another.
        mutated: positions whose bytes differ from what their header says.
        secrets: places where a secret was found.
    """

    sent: list[Sent] = field(default_factory=list)
    raw: dict[tuple[str, int, int], int] = field(default_factory=dict)
    canonical: dict[Place, str] = field(default_factory=dict)
    refused: dict[Place, str] = field(default_factory=dict)
    receipts: dict[tuple[Place, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    effects: list[tuple[str, str]] = field(default_factory=list)
    applications: dict[tuple[str, str], int] = field(default_factory=dict)
    lies: frozenset[tuple[str, str]] = frozenset()
    ends: dict[tuple[str, int, str], tuple[int, int]] = field(default_factory=dict)
    told: dict[tuple[str, int, str], tuple[int, int]] = field(default_factory=dict)
    repeats: int = 0
    mutated: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    async def read(
        self,
        bus: Bus,
        catalogue: Catalogue,
        names: Iterable[str],
        secrets: Sequence[bytes],
    ) -> None:
        """Read these topics from their beginning; the hub's states need no reading."""
        for topic in names:
            async for received in whole(bus, topic):
                self._note(topic, received, catalogue)
                if any(secret in received.value for secret in secrets):
                    self.secrets.append(str(received.position))

    def look_at(self, ledger: Ledger) -> None:
        """Take over what the systems have written down."""
        self.lies = ledger.lies()
        for entry in ledger.entries():
            self.effects.append((entry.connection, entry.effect_key))
            if entry.applications > 1:
                self.applications[entry.connection, entry.effect_key] = entry.applications

    def _note(self, topic: str, received: Received, catalogue: Catalogue) -> None:
        kind = topic.partition(".")[0]
        if kind == "raw":
            number = header_value(received.headers, NUMBER_HEADER)
            if number is not None:
                self.raw[received.position] = int(number)
        elif kind in {"event", "deliver"}:
            self._note_output(kind, received)
        elif kind == "dead-letter":
            letter = read(received.value, catalogue)
            if letter.stage == "exchange":
                place = (*letter.position, -1 if letter.item is None else letter.item)
                self.repeats += place in self.refused
                self.refused[place] = letter.code
        else:
            fields = read_record(received.value, catalogue)
            place = (fields["topic"], fields["partition"], fields["offset"], fields["item"])
            self.receipts[place, str(fields["connection"])].add(str(fields["status"]))

    def _note_output(self, kind: str, received: Received) -> None:
        facts = facts_of(received.headers)
        end = received.topic, received.partition, facts.position.topic
        if facts.item == MARKER_ITEM:
            self.told[end] = max(facts.previous, self.told.get(end, facts.previous))
            return
        place = facts.position.offset, facts.item
        self.ends[end] = max(place, self.ends.get(end, place))
        if body_check(received.value) != facts.body_check:
            self.mutated.append(str(received.position))
        if kind == "event":
            event = (*facts.position, facts.item)
            self.repeats += event in self.canonical
            self.canonical[event] = facts.effect_key.hex()
