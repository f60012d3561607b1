"""Dialects: how each sort of simulated system is asked and how it answers.

Written apart from the connectors on purpose: two readings of one format that must agree. Must not
know ledgers, faults or sockets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import orjson

from tracehub.testing.systems.ledger import Item

WINDOW_S: Final = 300
"""How far the clocks of two systems may be apart."""


class Asked(NamedTuple):
    """A request. Names of headers are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = {}


class Answer(NamedTuple):
    """What is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Question(NamedTuple):
    """What is asked of what a system publishes: documents after a cursor, up to a limit."""

    cursor: str
    limit: str


class Result(NamedTuple):
    """What became of one item: `accepted`, `repeated`, `refused` or `busy`."""

    effect_key: str
    status: str
    reference: str = ""
    reason: str = ""
    retry_after_s: int = 0


class Denied(Exception):  # noqa: N818 - it is an answer, not an error
    """A request as a whole is not served."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Dialect(Protocol):
    """One sort of system."""

    @property
    def publishes(self) -> str:
        """The path under which it hands documents over; empty when it never does."""
        ...

    def admit(self, asked: Asked, now_ms: int) -> None:
        """Check what must hold before any business field is looked at.

        Raises:
            Denied: the caller is not who it must be.
        """
        ...

    def read(self, asked: Asked) -> Sequence[Item]:
        """The events of a delivery.

        Raises:
            Denied: it is malformed.
        """
        ...

    def write(self, results: Sequence[Result]) -> bytes:
        """The body that answers a delivery."""
        ...

    def question(self, asked: Asked) -> Question:
        """What a request for documents asks for.

        Raises:
            Denied: it is malformed.
        """
        ...

    def page(self, documents: Sequence[bytes], reached: str) -> Answer:
        """The answer with documents, and the cursor after them."""
        ...

    def deny(self, denied: Denied) -> bytes:
        """The body that denies a request."""
        ...

    def seal(self, asked: Asked, answer: Answer, *, falsely: bool) -> Answer:
        """Add what proves that the answer is the system's own; `falsely`: something wrong."""
        ...


class LinePages:
    """Documents as lines (NDJSON), asked for in the query."""

    __slots__ = ()

    def question(self, asked: Asked) -> Question:
        """From the query."""
        return Question(asked.query.get("cursor", ""), asked.query.get("limit", ""))

    def page(self, documents: Sequence[bytes], reached: str) -> Answer:
        """One document a line; in the headers their number and the cursor after them."""
        headers = {
            "Content-Type": "application/x-ndjson",
            "Next-Cursor": reached,
            "Page-Records": str(len(documents)),
        }
        return Answer(200, b"".join(document + b"\n" for document in documents), headers)


@dataclass(frozen=True, slots=True)
class BatchDialect(LinePages):
    """The hub's batch format behind a bearer token: central, inspection, credit."""

    token: str
    publishes: str = ""

    def admit(self, asked: Asked, now_ms: int) -> None:  # noqa: ARG002 - tokens here don't age
        """The token must be ours."""
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            raise Denied(401, "unknown token")

    def read(self, asked: Asked) -> Sequence[Item]:
        """An array of objects with `key`, `event_id` and `body`."""
        document = loads(asked.body)
        if not isinstance(document, list) or not document:
            raise Denied(400, "not an array of events")
        return [item(each, "key", "event_id", "body") for each in document]

    def write(self, results: Sequence[Result]) -> bytes:
        """`{"results": [...]}`."""
        return orjson.dumps(
            {
                "results": [
                    {
                        "key": each.effect_key,
                        "status": each.status,
                        "reference": each.reference,
                        "reason": each.reason,
                        "retry_after_s": each.retry_after_s,
                    }
                    for each in results
                ]
            }
        )

    def deny(self, denied: Denied) -> bytes:
        """`{"reason": ...}`."""
        return orjson.dumps({"reason": denied.reason})

    def seal(self, asked: Asked, answer: Answer, *, falsely: bool) -> Answer:  # noqa: ARG002 - unsigned
        """Nothing is signed - the signature of Dialect has more than this one needs."""
        return answer


@dataclass(frozen=True, slots=True)
class CallDialect(BatchDialect):
    """The batch format with a signed body instead of a token (Standard Webhooks, `v1`)."""

    def admit(self, asked: Asked, now_ms: int) -> None:
        """Time and signature; `token` is the shared secret."""
        headers = asked.headers
        sent_at = headers.get("webhook-timestamp", "")
        if not sent_at.isdigit() or abs(int(sent_at) - now_ms / 1000) > WINDOW_S:
            raise Denied(401, "sent too long ago")
        said = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + asked.body
        right = base64.b64encode(hmac.new(self.token.encode(), said, "sha256").digest()).decode()
        given = headers.get("webhook-signature", "").split(",")[-1]
        if not hmac.compare_digest(right.encode(), given.encode()):
            raise Denied(401, "wrong signature")


def loads(body: bytes) -> Any:
    """A request's JSON.

    Raises:
        Denied: 400, it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Denied(400, "not JSON") from None


def item(entry: Any, key: str, event_id: str, body: str) -> Item:
    """One event of a request, by the names of its fields.

    Raises:
        Denied: 422, a field is missing or of another type.
    """
    if not isinstance(entry, dict):
        raise Denied(422, "an event is no object")
    if not (isinstance(entry.get(key), str) and isinstance(entry.get(event_id), str)):
        raise Denied(422, f"an event lacks {key} or {event_id}")
    if len(entry[key]) != hashlib.sha256().digest_size * 2 or not isinstance(entry.get(body), dict):
        raise Denied(422, f"an event's {key} is no SHA-256, or it has no {body}")
    written = orjson.dumps(entry[body], option=orjson.OPT_SORT_KEYS)
    return Item(entry[key], entry[event_id], written, hashlib.sha256(written).digest())
