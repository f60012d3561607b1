"""Entry: one thing that happened to an event, and the terms that it is found by. Pure.

Who an entry is follows from what it tells, so that the same record, read again, is the same entry.
Must not know how entries are stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import orjson

Kind = Literal["event", "receipt", "dead-letter", "unreadable"]
EVENT: Final = "event"
RECEIPT: Final = "receipt"
DEAD_LETTER: Final = "dead-letter"
UNREADABLE: Final = "unreadable"

TermKind = Literal["event", "place", "code", "party", "batch"]


class Entry(NamedTuple):
    """One row.

    Attributes:
        at: when it happened, ms; never another time for the same thing.
        id: 64 bits that name it within that millisecond (`identity()`).
        kind: what it is.
        connection: the publisher of an event, the receiver of a receipt, whose dead letter it is.
        event_id: the event's, empty when none can be told.
        terms: what it is found by (`term()`).
        facts: the rest, plain JSON values.
    """

    at: int
    id: int
    kind: Kind
    connection: str
    event_id: str
    terms: frozenset[int]
    facts: Mapping[str, Any]


def identity(*parts: object) -> int:
    """64 signed bits, equal exactly when the parts are."""
    text = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


def term(kind: TermKind, value: str) -> int:
    """What an entry is found by: an event id, a raw place, or the normal form of a code."""
    return identity(kind, value)


def terms(kind: TermKind, values: Iterable[str]) -> frozenset[int]:
    """A term for each value that is there."""
    return frozenset(term(kind, each) for each in values if each)


def entry_of(row: Sequence[Any]) -> Entry:
    """An entry as it was read; its terms stay in the store."""
    at, identity, kind, connection, event_id, facts = row
    return Entry(at, identity, kind, connection, event_id, frozenset(), orjson.loads(facts))
