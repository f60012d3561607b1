"""Index: enter what happened to every event into the store that the console asks.

A consumer of its own, beside the path of the events: it publishes nothing, and what it reads twice
it enters once. What can't be read is entered as such and never stops it. Must not know the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import orjson

from tracehub.avro.codec import Codec, read_record
from tracehub.bus import topics
from tracehub.clock import Clock
from tracehub.codes import recognise
from tracehub.errors import RejectError, RetryError
from tracehub.index import DEAD_LETTER, EVENT, RECEIPT, UNREADABLE, Entry, Index
from tracehub.index.entry import identity, terms
from tracehub.model.connection import Connection
from tracehub.model.event import Event
from tracehub.model.facts import HEADER_NAME, Facts, facts_of, unpack
from tracehub.model.outcome import Emit, Outcome, Retry
from tracehub.model.record import Position, Received, Record, header_value
from tracehub.model.sequence import MARKER_ITEM
from tracehub.normalise.body_fields import QUANTITY_LISTS
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.verdict import Accepted
from tracehub.services.dead_letter import DeadLetter, read

DAY_S: Final = 86_400.0
_NOTHING: Final = Emit(())
_AGAIN_S: Final = 1.0
_EPC_FIELDS: Final = ("epcs", "child_epcs", "input_epcs", "output_epcs")
_LOT: Final = "/10/"
_LOT_NUMBER: Final = "lotNumber"
"""The lot of CBV 2.0 section 7.5, in `ilmd`."""


@dataclass(frozen=True, slots=True)
class Indexing:
    """The stage of the index service."""

    store: Index
    codec: Codec
    normaliser: Normaliser
    connections: Mapping[str, Connection]
    clock: Clock
    retention_days: int

    async def stage(self, batch: Sequence[Received]) -> Sequence[Outcome]:
        """Enter a batch as a whole; when the store does not answer, the batch waits."""
        oldest = self.clock.now_ms() - self.retention_days * int(DAY_S) * 1000
        entries = [each for each in self.entries(batch) if each.at >= oldest]
        try:
            await self.store.add(entries)
        except RetryError as error:
            waits = Retry(RetryError(error.text, after_s=max(error.after_s, _AGAIN_S)))
            return [waits] * len(batch)
        return [_NOTHING] * len(batch)

    async def arrived(self, batch: Sequence[Received]) -> None:
        """Nothing to note before a batch is entered."""

    def passed(self, last: Received) -> None:
        """Nothing to note after it."""

    def rest_s(self, topic: str) -> float:
        """No topic rests."""
        del topic
        return 0.0

    def refuse(self, received: Received, error: RejectError) -> Record:
        """Never asked: this stage refuses nothing."""
        raise AssertionError(f"{received.position} was refused by the index: {error}")

    def entries(self, batch: Sequence[Received]) -> Iterator[Entry]:
        """What records of the hub's own topics tell. Pure."""
        for received in batch:
            try:
                if received.fault is not None:
                    raise received.fault
                entry = self._entry(received)
            except RejectError as error:
                yield _unreadable(received, error)
            else:
                if entry is not None:
                    yield entry

    def _entry(self, received: Received) -> Entry | None:
        beginning = received.topic.partition(".")[0]
        if beginning == "event":
            facts = facts_of(received.headers)
            if facts.item == MARKER_ITEM:
                return None
            return _event(facts, self.codec.decode(received.value).event)
        if beginning == "receipt":
            return _receipt(received, read_record(received.value, self.codec.catalogue))
        return self._letter(read(received.value, self.codec.catalogue))

    def _letter(self, letter: DeadLetter) -> Entry:
        place, event_id = self._refused(letter)
        return Entry(
            at=letter.last_at,
            id=identity(letter.id, letter.last_at),
            kind=DEAD_LETTER,
            connection=letter.connection,
            event_id=event_id,
            terms=terms("event", [event_id]) | terms("place", [place, letter.id]),
            facts={
                "letter": letter.id,
                "stage": letter.stage,
                "code": letter.code,
                "text": letter.text,
                "place": place,
                "attempts": letter.attempts,
            },
        )

    def _refused(self, letter: DeadLetter) -> tuple[str, str]:
        """Place and id of what was refused; the id is empty when none can be told."""
        packed = header_value(letter.headers, HEADER_NAME)
        if letter.stage == "deliver" and packed is not None:
            facts = unpack(packed)
            event_id = self.codec.header(letter.value).event_id if letter.value else ""
            return place_of(facts.position, facts.item), event_id
        place = place_of(letter.position, letter.item)
        return place, self._claimed(letter)

    def _claimed(self, letter: DeadLetter) -> str:
        """The id that the publisher gave to a refused event."""
        if letter.value is None or letter.item is None:
            return ""
        category, publisher = topics.source_of(letter.position.topic)
        known = self.connections.get(publisher)
        if known is None:
            return ""
        try:
            found = self.normaliser.normalise(letter.value, Source(category, known))
        except RejectError:
            return ""  # judged by other rules today: as a whole it has no event
        for each in found:
            if each.item == letter.item:
                return each.header.event_id if isinstance(each, Accepted) else each.event_id
        return ""


def place_of(position: Position, item: int | None) -> str:
    """A raw record or one event in it: `topic/partition/offset[/item]`."""
    return str(position) if item is None else f"{position}/{item}"


def _event(facts: Facts, event: Event) -> Entry:
    header = event.header
    _, publisher = topics.source_of(facts.position.topic)
    place = place_of(facts.position, facts.item)
    codes = frozenset(_codes(event))
    return Entry(
        at=facts.received_at,
        id=identity(place),
        kind=EVENT,
        connection=publisher,
        event_id=header.event_id,
        terms=(
            terms("event", [header.event_id])
            | terms("place", [place])
            | terms("code", codes)
            | terms("party", (each.id for each in header.parties))
            | terms("batch", _batches(event, codes))
        ),
        facts={
            "category": header.category,
            "verdict": facts.verdict,
            "rules": facts.rules_version.hex(),
            "catalogue": facts.catalogue_version.hex(),
            "effect_key": facts.effect_key.hex(),
            "place": place,
            "occurred_at": header.occurred_at,
            "event_type": header.event_type,
            "biz_step": header.biz_step,
            "kinds": header.kinds,
            "origin": header.origin_region,
            "destination": header.destination_region,
            "product": header.product.id,
        },
    )


def _codes(event: Event) -> Iterator[str]:
    """Normal forms of every code of a thing that the event names."""
    yield event.header.product.id
    if event.public is not None:
        body = event.public["body"]
        named = [each for name in _EPC_FIELDS for each in body[name]]
        yield from (recognise.product(each).normal for each in (*named, body["parent_id"]) if each)
    if event.regulator is not None:
        body = event.regulator["body"]
        for name in QUANTITY_LISTS.values():
            yield from (recognise.product(each["epc_class"]).normal for each in body[name])


def _batches(event: Event, codes: frozenset[str]) -> Iterator[str]:
    """Lot numbers: of GS1 codes that hold one, and what `ilmd` says."""
    for code in codes:
        if _LOT in code:
            yield unquote(code.partition(_LOT)[2].partition("/")[0])
    if event.regulator is not None:
        for each in event.regulator["body"]["ilmd"]:
            if each["name"] == _LOT_NUMBER:
                yield str(orjson.loads(each["value"]))


def _receipt(received: Received, said: Mapping[str, Any]) -> Entry:
    place = place_of(Position(said["topic"], said["partition"], said["offset"]), said["item"])
    named = ("category", "status", "reference", "code", "text", "attempts", "received_at", "cut")
    return Entry(
        at=said["delivered_at"],
        id=identity(received.position),
        kind=RECEIPT,
        connection=said["connection"],
        event_id=said["event_id"],
        terms=terms("event", [said["event_id"]]) | terms("place", [place]),
        facts={
            **{name: said[name] for name in named},
            "place": place,
            "effect_key": said["effect_key"].hex(),
        },
    )


def _unreadable(received: Received, error: RejectError) -> Entry:
    place = str(received.position)
    return Entry(
        at=received.appended_at,
        id=identity(place),
        kind=UNREADABLE,
        connection="",
        event_id="",
        terms=terms("place", [place]),
        facts={"place": place, "code": error.code, "text": error.text},
    )
