"""Story: all that the index knows of an event, and what the rules of today say of its bytes.

The raw record stays where it lay; what was changed in it and why it went where it did is worked
out again from it, for the exchange is a pure function of bytes and rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.codes import recognise
from tracehub.errors import Reason, RejectError
from tracehub.index import DEAD_LETTER, EVENT, RECEIPT, Entry, Index, term
from tracehub.model.connection import Connection
from tracehub.model.record import Position
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.verdict import Accepted, Quarantined
from tracehub.route.explain import Explanation, explain
from tracehub.route.table import RouteTable

MOST_STORIES: Final = 20


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one event of one publisher.

    Attributes:
        place: where its raw record lies, and its index there.
        events: times that it was published, newest first; empty when it was only ever refused.
        receipts, letters: what receivers answered; what was refused.
    """

    event_id: str
    place: str
    events: Sequence[Entry] = ()
    receipts: Sequence[Entry] = ()
    letters: Sequence[Entry] = ()

    @property
    def publisher(self) -> str:
        """The connection that published it."""
        return topics.source_of(self.place.partition("/")[0])[1]

    def to_dict(self) -> dict[str, Any]:
        """The story as plain JSON values."""
        return {
            "event_id": self.event_id,
            "publisher": self.publisher,
            "place": self.place,
            "events": [_plain(each) for each in self.events],
            "receipts": [_plain(each) for each in self.receipts],
            "dead_letters": [_plain(each) for each in self.letters],
        }


class Judged(NamedTuple):
    """What today's rules say of a raw event.

    Attributes:
        verdict: empty when the raw record is gone from the log.
        explanation: its routes; None when it is refused.
    """

    verdict: str
    reasons: tuple[Reason, ...]
    explanation: Explanation | None


GONE: Final = Judged("", (), None)


@dataclass(frozen=True, slots=True)
class Stories:
    """Finds stories."""

    index: Index

    async def find(self, text: str) -> Sequence[Story]:
        """The stories of an event id, a code of a thing, a party, a batch, or a raw place.

        The newest first, at most `MOST_STORIES`.

        Raises:
            RetryError: the index does not answer.
        """
        plain = text.strip()
        found = await self.index.find(
            {
                term("event", plain),
                term("place", plain),
                term("batch", plain),
                term("code", recognise.product(plain).normal),
                term("party", recognise.party(plain).normal),
            }
        )
        places = dict.fromkeys(each.facts["place"] for each in found if "place" in each.facts)
        chosen = list(places)[:MOST_STORIES]
        entries = await self.index.find({term("place", each) for each in chosen})
        return [_story(place, entries) for place in chosen if place.startswith("raw.")]


@dataclass(frozen=True, slots=True)
class Today:
    """Says what today's rules would make of a raw record."""

    bus: Bus
    normaliser: Normaliser
    table: RouteTable
    connections: Mapping[str, Connection]

    async def judged(self, place: str) -> Judged:
        """What today's rules say of the event at a raw place.

        Raises:
            RetryError: the log does not answer.
        """
        topic, partition, offset, *items = place.split("/")
        at = Position(topic, int(partition), int(offset))
        found = await self.bus.read(*at, 1)
        if not found or found[0].offset != at.offset:
            return GONE
        return self.judge(found[0].value, at.topic, int(items[0]) if items else None)

    def judge(self, value: bytes, topic: str, item: int | None) -> Judged:
        """What today's rules say of one event of a raw record. Pure."""
        category, publisher = topics.source_of(topic)
        source = Source(category, self.connections[publisher])
        try:
            events = self.normaliser.normalise(value, source)
        except RejectError as error:
            return Judged("quarantine", error.reasons, None)
        for each in events:
            if each.item == (item or 0):
                return self.seen(each, publisher)
        return GONE

    def seen(self, found: Accepted | Quarantined, publisher: str) -> Judged:
        """A verdict with its routes. Pure."""
        if isinstance(found, Quarantined):
            return Judged("quarantine", found.error.reasons, None)
        explanation = explain(self.table, found.event.header, publisher, all_rules=True)
        return Judged(found.verdict, found.reasons, explanation)


def _story(place: str, entries: Sequence[Entry]) -> Story:
    own = [each for each in entries if each.facts.get("place") == place]
    named = next((each.event_id for each in own if each.event_id), "")
    return Story(
        named,
        place,
        [each for each in own if each.kind == EVENT],
        [each for each in own if each.kind == RECEIPT],
        [each for each in own if each.kind == DEAD_LETTER],
    )


def _plain(entry: Entry) -> dict[str, Any]:
    return {"at": entry.at, "connection": entry.connection, **entry.facts}
