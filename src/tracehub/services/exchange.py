"""Exchange: raw record -> canonical event -> one output per receiver, in one hop.

A pure function of the bytes and a rules version: no clock, no look-ups, and no memory but the
links between outputs and the lists and credit table in force, which follow from the log. A replay
or a second member emits the same bytes again, which is what makes repeats harmless.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Final

from tracehub.avro.codec import Codec
from tracehub.avro.fast import Looking
from tracehub.avro.look import Look
from tracehub.bus import topics
from tracehub.bus.port import Subscription
from tracehub.errors import RejectError
from tracehub.model.connection import Connection
from tracehub.model.outcome import Settled
from tracehub.model.record import Received, Record
from tracehub.normalise.normaliser import Source
from tracehub.normalise.verdict import ACCEPT, QUARANTINE, Accepted, Quarantined
from tracehub.route.table import RouteTable
from tracehub.services.books import Books
from tracehub.services.credit import change_of, is_trusted
from tracehub.services.dead_letter import Writer
from tracehub.services.desk import CANONICAL, Desk, Make, forwarding
from tracehub.services.flood import Floods
from tracehub.services.outputs import UNKNOWN, Claims, Plan, Plans, Sheet, Write, claims_of
from tracehub.services.ruling import Judge
from tracehub.services.settle import add
from tracehub.services.switches import Switches
from tracehub.services.trail import Trail
from tracehub.services.turn import Part
from tracehub.telemetry.metrics import Metrics

_offset: Final = attrgetter("offset")


@dataclass(slots=True)
class Tally:
    """What one batch came to, event by event; counted for the metrics once per batch."""

    source: Source
    verdicts: list[str] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    def refuse(self, error: RejectError) -> None:
        """Note a reject."""
        self.verdicts.append(QUARANTINE)
        self.rejects.append(error.code)

    def show(self, metrics: Metrics) -> None:
        """Add the counts to the metrics."""
        category, publisher = self.source.category, self.source.connection.id
        for verdict in {*self.verdicts}:
            count = self.verdicts.count(verdict)
            metrics.events.labels(category, publisher, verdict).inc(count)
        for code, count in Counter(self.rejects).items() if self.rejects else ():
            metrics.rejects.labels("exchange", publisher, code).inc(count)
        for plan, count in Counter(self.plans).items():
            for route in plan.routes:
                metrics.routes.labels(route.rule, route.connection).inc(count)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The stage of the exchange service."""

    codec: Codec
    connections: Mapping[str, Connection]
    letters: Writer
    metrics: Metrics
    rules_version: bytes
    trail: Trail
    floods: Floods
    switches: Switches
    plans: Plans = field(init=False)
    books: Books = field(init=False)
    _desks: dict[tuple[str, int], Desk] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", Plans(self.connections))
        object.__setattr__(self, "books", Books("exchange", self.metrics))

    def joined(self, subscription: Subscription) -> None:
        """Ask from now on for all partitions of a subscription together."""
        self.switches.joined(subscription)
        self.trail.joined(subscription)

    async def read(self, batch: Sequence[Received]) -> None:
        """Ask what must be known of a batch, which can be done before it is its turn.

        Whoever reads it so asks `sure()` before he publishes what it came to.

        Raises:
            RetryError: the log did not answer; whoever stages the batch asks again.
        """
        await self.trail.read(batch)
        await self.switches.read(batch)

    async def sure(self, parts: Sequence[Part]) -> None:
        """Make sure that all was judged by what holds.

        Raises:
            RetryError: it was not, or the log did not answer; stage it again.
        """
        await self.switches.sure([part.tried for part in parts if part.tried])

    async def stage(self, batch: Sequence[Received]) -> Settled:
        """What raw records of one partition come to, and the checkpoint of the links after them."""
        category, publisher = topics.source_of(batch[0].topic)
        tally = Tally(Source(category, self.connections[publisher]))
        parts = await self.switches.judges(batch)
        sheet = Sheet(await self.trail.begin(batch[0]))
        for judge, part in parts:
            self.sit(part[0], judge)
            self.judge(part, tally, sheet)
        tally.show(self.metrics)
        self.books.note(batch[0], publisher, len(tally.verdicts))
        refused = [False] * len(batch)
        for received, _ in sheet.refused:
            refused[bisect_left(batch, received.offset, key=_offset)] = True
        self.floods.note(publisher, batch, refused)
        placed = {(topic, batch[0].partition): rows for topic, rows in sheet.rows().items()}
        add(placed, [self.refuse(received, error) for received, error in sheet.refused])
        add(placed, [*sheet.told, self.trail.end(batch[-1])])
        whole = {each.offset: error for each, error in sheet.refused if error.item is None}
        return Settled(placed, refused=whole)

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

    def judge(self, batch: Sequence[Received], tally: Tally, sheet: Sheet) -> None:
        """Write down what raw records of one partition become. Pure but for tally and sheet."""
        desk, plans = self._desk(batch[0]), list[Plan]()
        left = desk.undecided(batch, sheet, plans)
        if (first := next(left, None)) is not None:
            self._judge(chain((first,), left), desk, tally, sheet, plans)
        tally.plans += plans
        tally.verdicts += [ACCEPT] * len(plans)

    def _judge(
        self,
        left: Iterable[Received],
        desk: Desk,
        tally: Tally,
        sheet: Sheet,
        plans: list[Plan],
    ) -> None:
        """Write down what was not decided already; `plans` takes those of what is then."""
        source = tally.source
        write, trusted = desk.writer(sheet), _is_forwarded(source.connection)
        settle = desk.settler(sheet, tally.plans, tally.verdicts)
        is_canonical, forward, looks = self.codec.is_canonical, self._forward, desk.looking
        normalise = desk.judge.normaliser.normalise
        for received in left:
            try:
                if received.fault is not None:
                    raise received.fault
                value = received.value
                if trusted and is_canonical(value):
                    plan, claims = forward(received, source, desk)
                    write(received, claims, plan)
                    plans.append(plan)
                    continue
                look = looks.look(value) if looks and value[:1] == CANONICAL else None
                known = desk.plans.get(desk.likeness(look)) if look else None
                if look and known:
                    write(received, claims_of(look, value), known)
                    plans.append(known)
                    continue
                found = normalise(value, source)
                at = 0 if look else settle(received, found, 0)
                while at < len(found):
                    self._settle(received, found[at], desk, sheet, write, tally, look)
                    at = settle(received, found, at + 1)
                del found  # its memory, which is still at hand, serves the next one
            except RejectError as error:
                tally.refuse(error)
                sheet.refuse(received, error)

    def _settle(  # noqa: PLR0913, PLR0917 - what judging one event takes
        self,
        received: Received,
        judged: Accepted | Quarantined,
        desk: Desk,
        sheet: Sheet,
        write: Write,
        tally: Tally,
        look: Look | None,
    ) -> None:
        """Route and write down an event that was judged in full, or refuse it.

        Where one goes that was looked at is remembered, for those that look alike.
        """
        if isinstance(judged, Quarantined):
            tally.refuse(judged.error)
            sheet.refuse(received, judged.error)
            return
        judge, header, publisher = desk.judge, judged.header, tally.source.connection
        plan = self.plans.of(header.category, judge.table.routes(header, publisher.id))
        who = header.event_id, header.declared_at, header.key
        write(received, (judged.item, *who, judged.value, judged.offsets, judged.verdict), plan)
        if change := change_of(header, publisher, judged.value):
            if not self.switches.editions.told(change):
                sheet.told.append(change)
        elif look and judge.normaliser.settles(header):
            desk.remember(desk.likeness(look), plan)
        if desk.judged is not None:
            desk.remember_route(self.codec.routing(judged.value), plan)
        tally.verdicts.append(judged.verdict)
        tally.plans.append(plan)

    def _forward(self, received: Received, source: Source, desk: Desk) -> tuple[Plan, Claims]:
        """Another hub has checked it: route by what the codec finds, send the same bytes on."""
        value = received.value
        event_id, declared_at, key, claims, parties = self.codec.routing(value)
        table = desk.judge.table
        remembered = (claims, parties) if table.asks_parties else claims
        plan = None if table.asks_credit else desk.plans.get(remembered)
        if plan is None:
            plan = self._plan(received, source, table)
            desk.remember(remembered, plan)
        offsets = self.codec.offsets(value) if plan.cuts else UNKNOWN
        return plan, (0, event_id, declared_at, key, value, offsets, ACCEPT)

    def _plan(self, received: Received, source: Source, table: RouteTable) -> Plan:
        """Where an event goes whose claims are new here."""
        header = self.codec.header(received.value)
        if header.category != source.category:
            raise RejectError(
                "catalogue/category-mismatch",
                f"the event says category {header.category}, its topic {received.topic} says "
                f"{source.category}; publish it to the topic of its own category",
            )
        return self.plans.of(header.category, table.routes(header, source.connection.id))

    def _desk(self, received: Received) -> Desk:
        """What is the same for every record of one raw partition."""
        desk = self._desks.get((received.topic, received.partition))
        return desk or self.sit(received, self.switches.newest())

    def sit(self, received: Received, judge: Judge) -> Desk:
        """Judge a raw partition by a judge from now on."""
        place = received.topic, received.partition
        desk = self._desks.get(place)
        if desk is None or desk.judge is not judge:
            _, publisher = topics.source_of(received.topic)
            given = place, publisher, (self.rules_version, judge.version)
            looking, *makers = self._parts(self.connections[publisher], judge)
            by_parties = judge.table.asks_parties
            decided, judged = (forwarding(each, *given, by_parties=by_parties) for each in makers)
            desk = Desk(*place, *given[1:], judge, decided, judged, looking)
            self._desks[place] = desk
        return desk

    def _parts(self, connection: Connection, judge: Judge) -> tuple[Looking | None, Make, Make]:
        """What looks, and what makes the parts that write: what is decided, and the rest.

        Who was on a list depends on the instant too, by which nothing is remembered.
        """
        if judge.table.asks_credit:
            return None, None, None
        judged = None if is_trusted(connection) else self.codec.judging
        if connection.trusted:
            return None, self.codec.forwarding if _is_forwarded(connection) else None, judged
        looking = judge.normaliser.looking
        return looking, looking.forwarding if looking else None, judged


def _is_forwarded(connection: Connection) -> bool:
    """Routed by headers alone; what may change the credit table is looked at whole."""
    return connection.trusted and not is_trusted(connection)


def rules_version(*parts: bytes) -> bytes:
    """4 bytes that name rules, tables and schemas together; equal exactly when all are equal."""
    return hashlib.sha256(b"\0".join(parts)).digest()[:4]
