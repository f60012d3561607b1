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
from typing import Final

from tracehub.avro.codec import Codec
from tracehub.bus import topics
from tracehub.errors import RejectError
from tracehub.model.connection import Connection
from tracehub.model.facts import Stamp
from tracehub.model.outcome import Emit, Outcome, Reject, with_record
from tracehub.model.record import Received, Record
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.verdict import ACCEPT, Accepted, Quarantined
from tracehub.route.table import RouteTable
from tracehub.services.dead_letter import Writer
from tracehub.services.flood import Floods
from tracehub.services.outputs import UNKNOWN, Canonical, Desk, Outputs, Plan
from tracehub.services.trail import Trail
from tracehub.telemetry.metrics import Metrics

_MEMORY: Final = 1000
"""Claims that are remembered of one raw partition."""


@dataclass(slots=True)
class Tally:
    """What one batch came to; written to the metrics once per batch."""

    events: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rejects: Counter[tuple[str, str]] = field(default_factory=Counter)
    plans: Counter[Plan] = field(default_factory=Counter)

    def count(self, source: Source, verdict: str, plan: Plan) -> None:
        """Note an event and its routes."""
        self.events[source.category, source.connection.id, verdict] += 1
        self.plans[plan] += 1

    def show(self, metrics: Metrics) -> None:
        """Add the counts to the metrics."""
        for labels, count in self.events.items():
            metrics.events.labels(*labels).inc(count)
        for (connection, code), count in self.rejects.items():
            metrics.rejects.labels("exchange", connection, code).inc(count)
        for plan, count in self.plans.items():
            for route in plan.routes:
                metrics.routes.labels(route.rule, route.connection).inc(count)


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
    outputs: Outputs = field(init=False)
    _desks: dict[tuple[str, int], Desk] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outputs", Outputs(self.codec, self.connections))

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
        desk = self._desk(received.topic, received.partition)
        source = desk.source
        try:
            if received.fault is not None:
                raise received.fault
            if source.connection.trusted and self.codec.is_canonical(received.value):
                return Emit(tuple(self._forwarded(received, desk, tally, links)))
            found = self.normaliser.normalise(received.value, source)
        except RejectError as error:
            _count_reject(tally, source, error)
            return Reject(error)
        records: list[Record] = []
        rejects: list[RejectError] = []
        for item in found:
            if isinstance(item, Quarantined):
                rejects.append(item.error)
                _count_reject(tally, source, item.error)
            else:
                header = item.event.header
                plan = self.outputs.plan(
                    header.category, self.table.routes(header, source.connection.id)
                )
                records += self.outputs.records(received, _canonical(item), plan, desk, links)
                tally.count(source, item.verdict, plan)
        return Emit(tuple(records), tuple(rejects))

    def _forwarded(
        self, received: Received, desk: Desk, tally: Tally, links: Links
    ) -> Sequence[Record]:
        """Another hub has checked it: route by what the codec finds, forward the same bytes."""
        event_id, declared_at, key, claims, parties = self.codec.routing(received.value)
        remembered = (claims, parties) if self.table.asks_parties else claims
        plan = desk.plans.get(remembered)
        if plan is None:
            if len(desk.plans) >= _MEMORY:
                desk.plans.clear()
            plan = desk.plans[remembered] = self._plan(received, desk.source)
        event = Canonical(0, event_id, declared_at, key, received.value, UNKNOWN, ACCEPT)
        records = self.outputs.records(received, event, plan, desk, links)
        tally.count(desk.source, ACCEPT, plan)
        return records

    def _plan(self, received: Received, source: Source) -> Plan:
        """Where an event goes whose claims are new here."""
        header = self.codec.header(received.value)
        if header.category != source.category:
            raise RejectError(
                "catalogue/category-mismatch",
                f"the event says category {header.category}, its topic {received.topic} says "
                f"{source.category}; publish it to the topic of its own category",
            )
        return self.outputs.plan(header.category, self.table.routes(header, source.connection.id))

    def _desk(self, topic: str, partition: int) -> Desk:
        """What is the same for every record of one raw partition."""
        desk = self._desks.get((topic, partition))
        if desk is None:
            category, publisher = topics.source_of(topic)
            versions = self.rules_version, self.normaliser.tables.version
            desk = self._desks[topic, partition] = Desk(
                Source(category, self.connections[publisher]), Stamp(topic, partition, *versions)
            )
        return desk


def _canonical(item: Accepted) -> Canonical:
    header = item.event.header
    claims = header.event_id, header.declared_at, header.key
    return Canonical(item.item, *claims, item.value, item.offsets, item.verdict)


def rules_version(*parts: bytes) -> bytes:
    """4 bytes that name rules, tables and schemas together; equal exactly when all are equal."""
    return hashlib.sha256(b"\0".join(parts)).digest()[:4]


def _refused(outcome: Outcome) -> bool:
    return isinstance(outcome, Reject) or (isinstance(outcome, Emit) and bool(outcome.rejects))


def _count_reject(tally: Tally, source: Source, error: RejectError) -> None:
    tally.events[source.category, source.connection.id, "quarantine"] += 1
    tally.rejects[source.connection.id, error.code] += 1
