"""Office: takes documents of publishers to the log, and tells them later what became of each.

It keeps nothing: a ticket says where a document lies, and the verdict is worked out again by the
same pure function that the exchange uses. Must not know HTTP.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import RejectError, TracehubError
from tracehub.gateway.door import Principal
from tracehub.gateway.glance import Glance, glance, judged
from tracehub.gateway.intake import Intake
from tracehub.gateway.room import Room
from tracehub.gateway.ticket import Ticket
from tracehub.gateway.window import Owner, Window
from tracehub.model.connection import Connection
from tracehub.model.record import Headers, Received, Record, header_value
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.verdict import Accepted, Quarantined

_PRINCIPAL: Final = "tracehub-principal"
_BEHAVIOUR: Final = "tracehub-behaviour"
_SPACE: Final = b" \t\r\n\xef\xbb\xbf"
_REMEMBERED: Final = 20_000
_PAGE: Final = 1000


class RefusedError(TracehubError):
    """Events of a document are refused, and the publisher wanted all or nothing."""

    def __init__(self, refused: Sequence[Quarantined]) -> None:
        super().__init__(f"{len(refused)} events are refused")
        self.refused = refused


class ClashError(TracehubError):
    """Something else was said under the same event ids before."""

    def __init__(self, event_ids: Sequence[str]) -> None:
        super().__init__(", ".join(event_ids))
        self.event_ids = event_ids


class Taken(NamedTuple):
    """A document in the log; `first` is False when it was there already."""

    ticket: Ticket
    first: bool


class Kept(NamedTuple):
    """A document as it lies in the log, and what the rules say of its events.

    `error` is set when the whole document is refused; then there are no events.
    """

    ticket: Ticket
    received: Received
    behaviour: str
    events: Sequence[Accepted | Quarantined]
    error: RejectError | None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes as published."""
        return hashlib.sha256(self.received.value).digest()


def marks(principal: str, *, all_or_nothing: bool) -> Headers:
    """What the gateway writes beside a record: who sent it, and in which way."""
    behaviour = b"rollback" if all_or_nothing else b"proceed"
    return ((_PRINCIPAL, principal.encode()), (_BEHAVIOUR, behaviour))


class Office:
    """The gateway's work, whatever protocol it is asked by."""

    def __init__(
        self,
        bus: Bus,
        normaliser: Normaliser,
        connections: Mapping[str, Connection],
        window: Window,
    ) -> None:
        self.intake = Intake(bus)
        self.room = Room()
        self.normaliser = normaliser
        self._bus = bus
        self._connections = connections
        self._window = window
        self._under_way: dict[tuple[Owner, bytes], asyncio.Future[Ticket]] = {}
        self._claimed: dict[tuple[str, str], tuple[bytes, asyncio.Future[Ticket]]] = {}

    def source(self, principal: Principal, category: str) -> Source:
        """Where a principal's records of a category come from."""
        return Source(category, self._connections[principal.connection])

    async def take(
        self, principal: Principal, category: str, value: bytes, *, all_or_nothing: bool
    ) -> Taken:
        """Put a document on the log, its bytes untouched; it is durable when this returns.

        With `all_or_nothing` every event is judged first, and nothing is published when one fails.

        Raises:
            RejectError: the document can't be read.
            RefusedError: an event of it is refused.
            ClashError: the principal said something else under the same event ids.
            FullError, RetryError: the log does not keep up; try again.
        """
        owner = Owner(principal.connection, principal.name)
        key = owner, hashlib.sha256(category.encode() + b"\0" + value).digest()
        known = self._window.document(*key)
        if known is not None:
            return Taken(known, first=False)
        under_way = self._under_way.get(key)
        if under_way is not None:
            return Taken(await asyncio.shield(under_way), first=False)
        seen = self._look(value, self.source(principal, category), all_or_nothing=all_or_nothing)
        if rivals := self._rivals(principal.connection, seen):
            await asyncio.wait(rivals)
            return await self.take(principal, category, value, all_or_nothing=all_or_nothing)
        if clashes := self._window.clashes(principal.connection, seen):
            raise ClashError(clashes)
        topic = topics.raw(category, principal.connection)
        headers = marks(principal.name, all_or_nothing=all_or_nothing)
        record = Record(topic, seen.key, value, headers)
        return Taken(await self._put(key, record, category, seen), first=True)

    def _rivals(self, connection: str, seen: Glance) -> list[asyncio.Future[Ticket]]:
        """What is under way and says something else under the same ids."""
        rivals = []
        for claim in seen.claims:
            claimed = self._claimed.get((connection, claim.id))
            if claimed is not None and claimed[0] != claim.digest:
                rivals.append(claimed[1])
        return rivals

    async def _put(
        self, key: tuple[Owner, bytes], record: Record, category: str, seen: Glance
    ) -> Ticket:
        """Append; who sends the same meanwhile, or contradicts it, waits for this one."""
        owner, _ = key
        future = self._under_way[key] = asyncio.get_running_loop().create_future()
        claimed = {(owner.connection, each.id): (each.digest, future) for each in seen.claims}
        self._claimed |= claimed
        try:
            position = await self.intake.put(record)
        except BaseException as error:
            future.set_exception(error)
            future.exception()  # nobody may be waiting
            raise
        finally:
            del self._under_way[key]
            for claim, mine in claimed.items():
                if self._claimed.get(claim) is mine:
                    del self._claimed[claim]
        ticket = Ticket(category, position.partition, position.offset, seen.digest)
        self._window.note(*key, seen.claims, ticket)
        future.set_result(ticket)
        return ticket

    def ticket_of_event(self, principal: Principal, event_id: str) -> Ticket | None:
        """Where one of the principal's newest events lies."""
        return self._window.event(Owner(principal.connection, principal.name), event_id)

    async def kept(self, principal: Principal, ticket: Ticket) -> Kept | None:
        """A document of this principal's own; None when there is none, or it is another's."""
        connection = self._connections[principal.connection]
        if ticket.category not in connection.categories:
            return None
        topic = topics.raw(ticket.category, connection.id)
        ends = await self._bus.ends(topic)
        if ticket.partition >= len(ends) or ticket.offset >= ends[ticket.partition]:
            return None
        page = await self._bus.read(topic, ticket.partition, ticket.offset, 1)
        if not page or page[0].offset != ticket.offset:
            return None
        received = page[0]
        name = header_value(received.headers, _PRINCIPAL)
        digest = hashlib.sha256(received.value).digest()
        if name != principal.name.encode() or not ticket.fits(digest):
            return None
        behaviour = (header_value(received.headers, _BEHAVIOUR) or b"").decode()
        source = Source(ticket.category, connection)
        try:
            events = self.normaliser.normalise(received.value, source)
        except RejectError as error:
            return Kept(ticket, received, behaviour, (), error)
        return Kept(ticket, received, behaviour, events, None)

    async def remember(self, principals: Sequence[Principal]) -> None:
        """Fill the window from the ends of the raw topics, so that a restart forgets little."""
        pairs = {(each.connection, category) for each in principals for category in each.categories}
        for connection, category in sorted(pairs):
            topic = topics.raw(category, connection)
            source = Source(category, self._connections[connection])
            ends = await self._bus.ends(topic)
            share = max(1, _REMEMBERED // (len(pairs) * len(ends)))
            for partition, end in enumerate(ends):
                await self._remember(topic, partition, range(max(0, end - share), end), source)

    async def _remember(self, topic: str, partition: int, offsets: range, source: Source) -> None:
        offset = offsets.start
        while offset < offsets.stop:
            page = await self._bus.read(topic, partition, offset, _PAGE)
            if not page:
                return
            for received in page:
                name = header_value(received.headers, _PRINCIPAL)
                if name is not None:
                    self._recall(name.decode(), received, source)
            offset = page[-1].offset + 1

    def _recall(self, principal: str, received: Received, source: Source) -> None:
        value = received.value
        try:
            seen = self._look(value, source, all_or_nothing=False)
        except RejectError:
            seen = Glance(hashlib.sha256(value).digest(), b"", ())
        ticket = Ticket(source.category, received.partition, received.offset, seen.digest)
        digest = hashlib.sha256(source.category.encode() + b"\0" + value).digest()
        owner = Owner(source.connection.id, principal)
        self._window.note(owner, digest, seen.claims, ticket)

    def _look(self, value: bytes, source: Source, *, all_or_nothing: bool) -> Glance:
        """What must be known of a document; EPCIS JSON need not be written as Avro for it."""
        if source.connection.format == "epcis" and value.lstrip(_SPACE)[:1] in {b"{", b"["}:
            if all_or_nothing:
                _pass(self.normaliser.heads(value, source))
            return glance(value)
        items = self.normaliser.normalise(value, source)
        if all_or_nothing:
            _pass(items)
        return judged(value, items)


def _pass(judged: Sequence[object]) -> None:
    """Stop a document of which an event is refused."""
    refused = [each for each in judged if isinstance(each, Quarantined)]
    if refused:
        raise RefusedError(refused)
