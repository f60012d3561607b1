"""Glance: what the gateway must know of a document before anyone has judged it. Pure.

Reading it is many times cheaper than judging it: the digest of the bytes, the ids that the
publisher gave its events, and the key that keeps the events of one product in order. Must not
know whether the document is valid: that is the exchange's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from tracehub.normalise.formats import json_text
from tracehub.normalise.formats.text import BYTE_ORDER_MARK, check_encoding, check_size
from tracehub.normalise.header import product_of
from tracehub.normalise.verdict import Accepted, Quarantined

_LISTS: Final = (
    ("epcisBody", "eventList"),
    ("epcisBody", "queryResults", "resultsBody", "eventList"),
)


class Claim(NamedTuple):
    """An event's own id and the digest of what is said under it.

    A correction repeats the id that it corrects (EPCIS 2.0 section 7.4.1.4): its declaration time
    is part of `id`, as it is part of the effect key.
    """

    id: str
    digest: bytes


class Glance(NamedTuple):
    """What is known of a document.

    Attributes:
        digest: SHA-256 of the bytes as published.
        key: the record key.
        claims: of every event that names itself, in order.
    """

    digest: bytes
    key: bytes
    claims: tuple[Claim, ...]


def glance(value: bytes) -> Glance:
    """Look at a document in EPCIS JSON.

    Raises:
        RejectError: `document/...`, `json/...`.
    """
    check_size(value)
    check_encoding(value)
    document = json_text.parse(value.removeprefix(BYTE_ORDER_MARK))
    digest = hashlib.sha256(value).digest()
    events = list(_events(document))
    keys = (key for key in map(_key, events) if key)
    return Glance(digest, next(keys, digest.hex().encode()), tuple(_claims(events)))


def holds_events(value: bytes) -> bool:
    """True for JSON that holds events instead of being one; what is no JSON holds none."""
    try:
        found = orjson.loads(value.removeprefix(BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, list) or (isinstance(found, dict) and "epcisBody" in found)


def judged(value: bytes, items: Sequence[Accepted | Quarantined]) -> Glance:
    """What is known of a document that was judged, in whatever format."""
    digest = hashlib.sha256(value).digest()
    claims: list[Claim] = []
    key = b""
    for item in items:
        if isinstance(item, Accepted):
            header = item.header
            key = key or header.key
            claims.append(Claim(_named(header.event_id, header.declared_at), _hash(item.value)))
    return Glance(digest, key or digest.hex().encode(), tuple(claims))


def _events(document: Any) -> Iterator[dict[str, Any]]:
    """The events of a document, wherever they stand; what is none is passed over."""
    if isinstance(document, list):
        yield from (each for each in document if isinstance(each, dict))
        return
    if not isinstance(document, dict):
        return
    if "epcisBody" not in document:
        yield document
        return
    for path in _LISTS:
        level: Any = document
        for step in path:
            level = level.get(step) if isinstance(level, dict) else None
        if isinstance(level, list):
            yield from (each for each in level if isinstance(each, dict))


def _claims(events: Sequence[dict[str, Any]]) -> Iterator[Claim]:
    for event in events:
        given = event.get("eventID")
        if isinstance(given, str) and given:
            declaration = event.get("errorDeclaration")
            declared = declaration.get("declarationTime") if isinstance(declaration, dict) else ""
            yield Claim(_named(given, declared), _hash(orjson.dumps(event)))


def _key(event: Mapping[str, Any]) -> bytes:
    """The normal form of the first product; empty when none can be told."""
    try:
        return product_of(dict(event)).id.encode()
    except (AttributeError, IndexError, KeyError, TypeError):
        return b""  # a field of another shape: the exchange will say so


def _named(event_id: str, declared: object) -> str:
    return f"{event_id}\0{declared}" if declared else event_id


def _hash(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()[:16]
