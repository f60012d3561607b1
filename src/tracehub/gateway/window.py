"""Window: what was published of late, so that a publisher's retry is answered at once.

Bounded: two generations of documents and ids; what has left it is published again, which is
harmless where effects happen (docs/guarantees.md). An id belongs to a connection, as in the effect
key: two systems of one connection say the same thing under it or one of them is refused. Pure.
Must not know HTTP or the bus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tracehub.gateway.glance import Claim, Glance
from tracehub.gateway.ticket import Ticket

GENERATION: Final = 200_000
"""Documents and ids in one generation, about 300 bytes each; between one and two generations are
remembered."""


class Owner(NamedTuple):
    """Whose a document is: a connection, and the principal that published it there."""

    connection: str
    principal: str


class _Said(NamedTuple):
    """Under one id: the digest of the event, the document it came in, and whose that is."""

    digest: bytes
    ticket: Ticket
    owner: Owner


class _Generation(NamedTuple):
    documents: dict[tuple[Owner, bytes], Ticket]
    events: dict[tuple[str, str], _Said]


class Window:
    """The documents and event ids of all principals, the newest ones."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._most = generation
        self._new = _Generation({}, {})
        self._old = _Generation({}, {})

    def document(self, owner: Owner, digest: bytes) -> Ticket | None:
        """Where the same document lies; `digest` is over its category and its bytes."""
        key = owner, digest
        return self._new.documents.get(key) or self._old.documents.get(key)

    def event(self, owner: Owner, event_id: str) -> Ticket | None:
        """Where an event of this owner's lies."""
        said = self._said(owner.connection, event_id)
        return said.ticket if said and said.owner == owner else None

    def clashes(self, connection: str, seen: Glance) -> list[str]:
        """Ids under which something else was said on this connection, or in this document."""
        found = []
        here: dict[str, bytes] = {}
        for claim in seen.claims:
            said = self._said(connection, claim.id)
            before = said.digest if said else here.setdefault(claim.id, claim.digest)
            if before != claim.digest:
                found.append(claim.id.partition("\0")[0])
        return found

    def note(self, owner: Owner, digest: bytes, claims: Sequence[Claim], ticket: Ticket) -> None:
        """Remember a document that the log has acknowledged."""
        if len(self._new.documents) + len(self._new.events) >= self._most:
            self._old = self._new
            self._new = _Generation({}, {})
        self._new.documents[owner, digest] = ticket
        for claim in claims:
            self._new.events[owner.connection, claim.id] = _Said(claim.digest, ticket, owner)

    def _said(self, connection: str, event_id: str) -> _Said | None:
        key = connection, event_id
        return self._new.events.get(key) or self._old.events.get(key)
