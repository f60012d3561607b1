"""Window: what was published of late, so that a publisher's retry is answered at once.

Bounded: two generations of documents; what has left it is published again, which is harmless
where effects happen (docs/guarantees.md). Pure. Must not know HTTP or the bus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tracehub.gateway.glance import Claim, Glance
from tracehub.gateway.ticket import Ticket

GENERATION: Final = 50_000
"""Documents in one generation; between one and two generations are remembered."""


class _Said(NamedTuple):
    """Under one id: the digest of the event, and the document it came in."""

    digest: bytes
    ticket: Ticket


class _Generation(NamedTuple):
    documents: dict[tuple[str, bytes], Ticket]
    events: dict[tuple[str, str], _Said]


class Window:
    """The documents and event ids of all principals, the newest ones."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._most = generation
        self._new = _Generation({}, {})
        self._old = _Generation({}, {})

    def document(self, principal: str, digest: bytes) -> Ticket | None:
        """Where the same document lies; `digest` is over its category and its bytes."""
        key = principal, digest
        return self._new.documents.get(key) or self._old.documents.get(key)

    def event(self, principal: str, event_id: str) -> Ticket | None:
        """Where an event of this principal lies."""
        said = self._said(principal, event_id)
        return said.ticket if said else None

    def clashes(self, principal: str, seen: Glance) -> list[str]:
        """Ids under which this principal has said something else before."""
        found = []
        for claim in seen.claims:
            said = self._said(principal, claim.id)
            if said is not None and said.digest != claim.digest:
                found.append(claim.id.partition("\0")[0])
        return found

    def note(self, principal: str, digest: bytes, claims: Sequence[Claim], ticket: Ticket) -> None:
        """Remember a document that the log has acknowledged."""
        if len(self._new.documents) >= self._most:
            self._old = self._new
            self._new = _Generation({}, {})
        self._new.documents[principal, digest] = ticket
        for claim in claims:
            self._new.events[principal, claim.id] = _Said(claim.digest, ticket)

    def _said(self, principal: str, event_id: str) -> _Said | None:
        key = principal, event_id
        return self._new.events.get(key) or self._old.events.get(key)
