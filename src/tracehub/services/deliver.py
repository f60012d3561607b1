"""Deliver: hand the events of one connection over and leave a receipt for each.

Must not know the other system: a guarded connector speaks to it. An event whose key has an
earlier one waiting is not sent, so that order per key holds at the receiver. What the log repeats
is passed over; behind a gap nothing of the same raw partition is sent, for what is missing may be
of any key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import Codec, write_record
from tracehub.bus import topics
from tracehub.clock import Clock
from tracehub.connect.port import Connector, Delivery, Receipt
from tracehub.errors import RejectError, RetryError
from tracehub.model.event import SECTIONS
from tracehub.model.facts import facts_of
from tracehub.model.outcome import Emit, Outcome, Reject, Retry, with_record
from tracehub.model.record import Position, Received, Record
from tracehub.services.books import Books
from tracehub.services.dead_letter import Writer
from tracehub.services.watch import Watch
from tracehub.telemetry.log import Logger
from tracehub.telemetry.metrics import Metrics

_NOTHING: Final = Emit(())
_STANDS_S: Final = 5.0
"""A gap this old is told of: until then the exchange may be sending what is missing."""
_GAP: Final = Retry(
    RetryError("records are missing before this one; see docs/guarantees.md", after_s=_STANDS_S)
)


@dataclass(slots=True)
class _Tries:
    """How often a delivery was tried, and since when."""

    count: int
    first_at: int


@dataclass(slots=True)
class _Gap:
    """A partition that waits: since when, and for which record operators were told of it."""

    since_s: float
    told: int = -1


@dataclass(frozen=True, slots=True)
class Deliver:
    """The stage of one connection's deliver service."""

    connection: str
    disclosure: str
    connector: Connector
    codec: Codec
    catalogue: Catalogue
    letters: Writer
    clock: Clock
    metrics: Metrics
    watch: Watch
    log: Logger
    books: Books = field(init=False)
    _tries: dict[str, _Tries] = field(default_factory=dict)
    _gaps: dict[int, _Gap] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "books", Books("deliver", self.metrics))

    async def stage(self, batch: Sequence[Received]) -> Sequence[Outcome]:
        """One outcome per event, in waves in which each key occurs once."""
        outcomes = await self._passed_over(batch)
        due = [index for index in range(len(batch)) if index not in outcomes]
        await self._deliver(batch, due, outcomes)
        found = [outcomes[index] for index in range(len(batch))]
        ended = [outcomes[index] for index in due if not isinstance(outcomes[index], Retry)]
        twice = sum(isinstance(each, Emit) and bool(each.rejects) for each in ended)
        self.books.note(batch[0], self.connection, len(ended), twice)
        saved = self.watch.checkpoint(batch[0])
        return found if saved is None else with_record(found, saved)

    async def arrived(self, batch: Sequence[Received]) -> None:
        """Judge the sequence of a whole batch, also of records that wait behind their key."""
        await self.watch.look(batch)

    def passed(self, last: Received) -> None:
        """Note that the group's offset has passed `last`."""
        self.watch.passed(last)

    def rest_s(self, topic: str) -> float:
        """Deliveries never rest."""
        del topic
        return 0.0

    async def _passed_over(self, batch: Sequence[Received]) -> dict[int, Outcome]:
        """The outcomes of what is no delivery: repeats, markers, all that stands behind a gap."""
        found: dict[int, Outcome] = {}
        sights = await self.watch.look(batch)
        for index, sight in enumerate(sights):
            if sight != "new":
                found[index] = _GAP if sight == "gap" else _NOTHING
        if repeats := sights.count("repeat"):
            self.metrics.repeats.labels(self.connection).inc(repeats)
        self._tell_gap(batch[0].topic, batch[0].partition)
        return found

    def owns(self, partitions: Collection[int]) -> None:
        """Forget gaps of partitions that another member has: what waits there waits at that one."""
        for partition in self._gaps.keys() - set(partitions):
            del self._gaps[partition]
            self.metrics.gap.labels(self.connection, str(partition)).set(0)

    def _tell_gap(self, topic: str, partition: int) -> None:
        """Show whether a partition waits behind a gap that stands, and log each such gap once."""
        first, stands = self.watch.behind(topic, partition), False
        if first is None:
            self._gaps.pop(partition, None)
        else:
            now_s, position = self.clock.monotonic_s(), str(Position(topic, partition, first))
            if partition not in self._gaps:
                self._gaps[partition] = _Gap(now_s)
                self.log.warning("gap_seen", position=position)
            gap = self._gaps[partition]
            stands = now_s - gap.since_s >= _STANDS_S
            if stands and gap.told != first:
                gap.told = first
                self.log.error("gap_found", position=position)
        self.metrics.gap.labels(self.connection, str(partition)).set(stands)

    async def _deliver(
        self, batch: Sequence[Received], due: Sequence[int], outcomes: dict[int, Outcome]
    ) -> None:
        waiting: dict[bytes, RetryError] = {}
        for wave in _waves(batch, due):
            deliveries: dict[int, Delivery] = {}
            for index in wave:
                received = batch[index]
                if received.key in waiting:
                    outcomes[index] = Retry(waiting[received.key])
                    continue
                try:
                    deliveries[index] = self._delivery(received)
                except RejectError as error:
                    outcomes[index] = Reject(error)
            for index, outcome in (await self._hand_over(batch, deliveries)).items():
                outcomes[index] = outcome
                if isinstance(outcome, Retry):
                    waiting[batch[index].key] = outcome.error

    def refuse(self, received: Received, error: RejectError) -> Record:
        """The dead letter of a failed delivery, for the connection it was meant for."""
        self.metrics.rejects.labels("deliver", self.connection, error.code).inc()
        now = self.clock.now_ms()
        try:
            key = facts_of(received.headers).effect_key.hex()
        except RejectError:
            key = ""
        tries = self._tries.pop(key, _Tries(0, now))
        return self.letters.record(
            received,
            error,
            connection=self.connection,
            attempts=tries.count + 1,
            first_at=tries.first_at,
            last_at=now,
        )

    def _delivery(self, received: Received) -> Delivery:
        facts = facts_of(received.headers)
        event = self.codec.decode(received.value).event
        shown = SECTIONS.index(self.disclosure) + 1
        return Delivery(
            event=event,
            effect_key=facts.effect_key.hex(),
            position=facts.position,
            item=facts.item,
            received_at=facts.received_at,
            cut=SECTIONS[shown:],
        )

    async def _hand_over(
        self, batch: Sequence[Received], deliveries: Mapping[int, Delivery]
    ) -> dict[int, Outcome]:
        if not deliveries:
            return {}
        try:
            receipts = await self.connector.deliver(list(deliveries.values()))
        except RetryError as error:
            receipts = [
                Receipt("retry", text=error.text, after_s=error.after_s) for _ in deliveries
            ]
        return {
            index: self._outcome(batch[index], delivery, receipt)
            for (index, delivery), receipt in zip(deliveries.items(), receipts, strict=True)
        }

    def _outcome(self, received: Received, delivery: Delivery, receipt: Receipt) -> Outcome:
        header = delivery.event.header
        self.metrics.deliveries.labels(self.connection, header.category, receipt.status).inc()
        now = self.clock.now_ms()
        if receipt.status == "retry":
            tries = self._tries.setdefault(delivery.effect_key, _Tries(0, now))
            tries.count += 1
            return Retry(RetryError(receipt.text, after_s=receipt.after_s))
        delay_s = max(0.0, (now - delivery.received_at) / 1000)
        self.metrics.delivery_delay.labels(self.connection).observe(delay_s)
        age_s = max(0.0, (now - header.occurred_at) / 1000)
        self.metrics.event_age.labels(self.connection).observe(age_s)
        record = self._receipt(received, delivery, receipt, now)
        if receipt.status == "refused":
            return Emit((record,), (RejectError(receipt.code, receipt.text),))
        self._tries.pop(delivery.effect_key, None)
        return Emit((record,))

    def _receipt(
        self, received: Received, delivery: Delivery, receipt: Receipt, now: int
    ) -> Record:
        tries = self._tries.get(delivery.effect_key)
        fields = {
            "connection": self.connection,
            "effect_key": bytes.fromhex(delivery.effect_key),
            "event_id": delivery.event.header.event_id,
            "category": delivery.event.header.category,
            "topic": delivery.position.topic,
            "partition": delivery.position.partition,
            "offset": delivery.position.offset,
            "item": delivery.item,
            "status": "dead_lettered" if receipt.status == "refused" else receipt.status,
            "reference": receipt.reference,
            "code": receipt.code,
            "text": receipt.text,
            "attempts": (tries.count if tries else 0) + 1,
            "received_at": delivery.received_at,
            "delivered_at": now,
            "cut": list(delivery.cut),
        }
        value = write_record(fields, self.catalogue.newest("receipt-value"))
        topic = topics.receipt(self.connection)
        return Record(topic, received.key, value, partition=received.partition)


def _waves(batch: Sequence[Received], due: Sequence[int]) -> list[list[int]]:
    """The indexes `due` in waves: no key twice in one wave, and of each key in order."""
    waves: list[list[int]] = []
    seen: dict[bytes, int] = {}
    for index in due:
        key = batch[index].key
        number = seen.get(key, 0)
        seen[key] = number + 1
        if number == len(waves):
            waves.append([])
        waves[number].append(index)
    return waves
