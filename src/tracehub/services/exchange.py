"""Exchange: raw record -> canonical event -> one output per receiver, in one hop.

A pure function of the bytes and a rules version: no clock, no look-ups, and no memory but the
links between outputs, which follow from the log. A replay or a second member emits the same bytes
again, which is what makes repeats harmless.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tracehub.avro.codec import Codec, Offsets
from tracehub.bus import topics
from tracehub.disclose.cut import cut
from tracehub.errors import RejectError
from tracehub.model.connection import Connection
from tracehub.model.event import SECTIONS, Header
from tracehub.model.facts import Facts, body_check, effect_key
from tracehub.model.outcome import Emit, Outcome, Reject, with_record
from tracehub.model.record import Received, Record
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.verdict import Accepted, Quarantined
from tracehub.route.table import RouteTable
from tracehub.services.dead_letter import Writer
from tracehub.services.flood import Floods
from tracehub.services.trail import Trail
from tracehub.telemetry.metrics import Metrics

_UNKNOWN: Offsets = (0, 0, 0, 0)


class _Canonical(NamedTuple):
    """An event ready to be routed, from either lane."""

    item: int
    header: Header
    value: bytes
    offsets: Offsets
    verdict: str


@dataclass(slots=True)
class Tally:
    """What one batch came to; written to the metrics once per batch."""

    events: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rejects: Counter[tuple[str, str]] = field(default_factory=Counter)
    routes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def show(self, metrics: Metrics) -> None:
        """Add the counts to the metrics."""
        for labels, count in self.events.items():
            metrics.events.labels(*labels).inc(count)
        for (connection, code), count in self.rejects.items():
            metrics.rejects.labels("exchange", connection, code).inc(count)
        for (rule, connection), count in self.routes.items():
            metrics.routes.labels(rule, connection).inc(count)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The stage of the exchange service."""

    codec: Codec
    normaliser: Normaliser
    table: RouteTable
    connections: Mapping[str, Connection]
    letters: Writer
    metrics: Metrics
    rules_version: bytes
    trail: Trail
    floods: Floods

    async def stage(self, batch: Sequence[Received]) -> Sequence[Outcome]:
        """One outcome per raw record; the checkpoint of the links goes out with the last."""
        tally = Tally()
        links = await self.trail.begin(batch[0])
        outcomes = [self.judge(received, tally, links) for received in batch]
        tally.show(self.metrics)
        _, publisher = topics.source_of(batch[0].topic)
        self.floods.note(publisher, batch, [_refused(each) for each in outcomes])
        return with_record(outcomes, self.trail.end(batch[-1]))

    async def arrived(self, batch: Sequence[Received]) -> None:
        """Nothing to note before a batch is judged."""

    def passed(self, last: Received) -> None:
        """Note that the group's offset has passed `last`."""
        self.trail.passed(last)

    def rest_s(self, topic: str) -> float:
        """For how many seconds a raw topic should not be read."""
        return self.floods.rest_s(topics.source_of(topic)[1])

    def refuse(self, received: Received, error: RejectError) -> Record:
        """The dead letter of a refused input, for the connection that published it."""
        _, publisher = topics.source_of(received.topic)
        return self.letters.record(received, error, connection=publisher)

    def judge(self, received: Received, tally: Tally, links: Links) -> Outcome:
        """What becomes of one raw record. Pure but for the tally and the links."""
        category, publisher = topics.source_of(received.topic)
        source = Source(category, self.connections[publisher])
        try:
            if received.fault is not None:
                raise received.fault
            if source.connection.trusted and self.codec.is_canonical(received.value):
                items: Sequence[_Canonical | Quarantined] = [self._trusted(received, source)]
            else:
                found = self.normaliser.normalise(received.value, source)
                items = [_canonical(item) for item in found]
        except RejectError as error:
            _count_reject(tally, source, error)
            return Reject(error)
        records: list[Record] = []
        rejects: list[RejectError] = []
        for item in items:
            if isinstance(item, _Canonical):
                tally.events[category, publisher, item.verdict] += 1
                records += self._outputs(received, source, item, tally, links)
            else:
                rejects.append(item.error)
                _count_reject(tally, source, item.error)
        return Emit(tuple(records), tuple(rejects))

    def _trusted(self, received: Received, source: Source) -> _Canonical:
        """Another hub has checked it: route by the header alone, forward the same bytes."""
        header = self.codec.header(received.value)
        if header.category != source.category:
            raise RejectError(
                "catalogue/category-mismatch",
                f"the event says category {header.category}, its topic {received.topic} says "
                f"{source.category}; publish it to the topic of its own category",
            )
        return _Canonical(0, header, received.value, _UNKNOWN, "accept")

    def _outputs(
        self, received: Received, source: Source, item: _Canonical, tally: Tally, links: Links
    ) -> list[Record]:
        """`event.<category>` first, then one record per route, each cut for its receiver."""
        header, publisher = item.header, source.connection.id
        facts = Facts(
            received.position,
            item.item,
            effect_key(publisher, header.event_id, header.declared_at),
            0,
            received.appended_at,
            item.verdict,
            self.rules_version,
            self.normaliser.tables.version,
            item.offsets,
        )
        place = received.offset, item.item
        topic, key, partition = topics.event(header.category), header.key, received.partition
        facts = facts._replace(previous=links.follow(topic, place))
        records = [_record(topic, key, item.value, facts, partition)]
        for route in self.table.routes(header, publisher):
            tally.routes[route.rule, route.connection] += 1
            last = self.connections[route.connection].disclosure
            offsets = item.offsets
            if offsets == _UNKNOWN and last != SECTIONS[-1]:
                offsets = self.codec.offsets(item.value)
            view = cut(item.value, offsets, last)
            topic = topics.deliver(route.connection)
            before = links.follow(topic, place)
            shown = facts._replace(offsets=view.offsets, previous=before)
            records.append(_record(topic, key, view.value, shown, partition))
        return records


def _canonical(item: Accepted | Quarantined) -> _Canonical | Quarantined:
    if isinstance(item, Quarantined):
        return item
    return _Canonical(item.item, item.event.header, item.value, item.offsets, item.verdict)


def rules_version(*parts: bytes) -> bytes:
    """4 bytes that name rules, tables and schemas together; equal exactly when all are equal."""
    return hashlib.sha256(b"\0".join(parts)).digest()[:4]


def _refused(outcome: Outcome) -> bool:
    return isinstance(outcome, Reject) or (isinstance(outcome, Emit) and bool(outcome.rejects))


def _record(topic: str, key: bytes, value: bytes, facts: Facts, partition: int) -> Record:
    header = facts._replace(body_check=body_check(value)).header()
    return Record(topic, key, value, (header,), partition)


def _count_reject(tally: Tally, source: Source, error: RejectError) -> None:
    tally.events[source.category, source.connection.id, "quarantine"] += 1
    tally.rejects[source.connection.id, error.code] += 1
