"""EPCIS: events to and from the repository of another (GS1 EPCIS 2.0 section 12, REST).

`POST /events`, one request each, answers 201, or 409 for an event id that it has. `GET /events` is
asked in the order of `recordTime`, from the last one on; what was had of that instant is told by
event id, as many have one. Page tokens end (`GS1-Next-Page-Token-Expires`), so they are followed
only inside of a page of ours and never saved. Must not know any other format.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from tracehub.connect.batch import instant
from tracehub.connect.batch_type import CollectedConfig
from tracehub.connect.http import (
    Http,
    Reply,
    TooLongError,
    garbled,
    open_http,
    read_json,
    write_json,
)
from tracehub.connect.lines import About, asking, collected
from tracehub.connect.port import Collected, Delivery, Line, Page, Receipt
from tracehub.connect.sending import bearer, deliver_written
from tracehub.errors import RejectError, RetryError
from tracehub.model.event import Event
from tracehub.normalise.formats.write_json import write_json as write_document
from tracehub.normalise.unbuild import plain_of

_CONFLICT: Final = 409
_HEADERS: Final = {
    "Content-Type": "application/ld+json",
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
}
_LIMIT: Final = 200
_LINKS: Final = 300
"""Pages of known events that are passed over at once; a repository may link in a circle."""
_NEXT: Final = re.compile(r'<[^>?]*\?([\x21-\x3d\x3f-\x7e]+)>\s*;\s*rel="?next"?')
"""The query of the next page; wherever else the link leads is not followed."""


class EpcisConfig(CollectedConfig):
    """What an operator writes for a repository; the url is what `/events` is appended to."""


@dataclass(frozen=True, slots=True)
class EpcisConnector:
    """Events out, one at a time, so that they arrive in order."""

    http: Http

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Hand events over; one receipt per event, in the same order.

        Raises:
            RetryError: one was not answered; all are handed over again, and those that are there
                already are told apart by their event ids.
        """

        async def send(items: Sequence[tuple[Delivery, bytes]]) -> Sequence[Receipt]:
            return [await self._post(delivery, body) for delivery, body in items]

        return await deliver_written(events, self._written, send)

    def _written(self, delivery: Delivery) -> tuple[Delivery, bytes]:
        if delivery.event.header.event_type == "none":
            raise RejectError(
                f"{self.http.kind}/not-expressible",
                "EPCIS has no event without goods; route facts on a party to another connection",
            )
        return delivery, write_json(epcis_event(delivery.event))

    async def _post(self, delivery: Delivery, body: bytes) -> Receipt:
        headers = {**_HEADERS, "Idempotency-Key": delivery.effect_key}
        reply = await self.http.send("POST", "/events", body=body, headers=headers)
        if reply.status == _CONFLICT and delivery.event.header.correction == "none":
            return Receipt("repeated", delivery.event.header.event_id)
        try:
            self.http.judge(reply)
        except RejectError as error:
            return Receipt("refused", code=error.code, text=error.text)
        return Receipt("delivered", reply.headers.get("location", ""))


@dataclass(frozen=True, slots=True)
class EpcisCollector:
    """Events in, each as a document of its own.

    The cursor is `<recordTime>,<event>,...`: the instant of the last event, and by their digests
    those of that instant which were handed over.
    """

    http: Http
    about: Callable[[Any], About]
    category: str

    async def collect(self, cursor: str) -> Page:
        """The events after a cursor; an answer that is too long is asked for in halves.

        Raises:
            RetryError: the repository did not answer, or with an event that tells no `recordTime`.
        """
        limit = _LIMIT
        while True:
            try:
                return await self._page(cursor, limit)
            except TooLongError:
                if limit == 1:
                    raise
                limit //= 2
            except RejectError as error:
                raise RetryError(f"/events: {error.text}; check the url") from error

    async def _page(self, cursor: str, limit: int) -> Page:
        since, *had = cursor.split(",") if cursor else [""]
        asked = {"orderBy": "recordTime", "orderDirection": "ASC", "perPage": str(limit)}
        query = urlencode({**asked, "GE_recordTime": since} if since else asked)
        known = {(since, each) for each in had}
        for _ in range(_LINKS):
            reply = await asking(self.http)(f"/events?{query}")
            document, events = _results(reply)
            if fresh := [each for each in events if _place(each) not in known]:
                records = tuple(self._record(document, each) for each in fresh)
                return Page(records, _after(fresh, since, had))
            following = _NEXT.search(reply.headers.get("link", ""))
            if following is None:
                return Page((), cursor)
            query = following[1]
        raise garbled(f"{_LINKS} pages hold nothing but what was there before")

    def _record(self, document: Mapping[str, Any], event: Mapping[str, Any]) -> Collected:
        """A document of one event; of the same event the same bytes."""
        alone = {
            "@context": document.get("@context", []),
            "type": "EPCISDocument",
            "schemaVersion": document.get("schemaVersion", "2.0"),
            "creationDate": event["recordTime"],
            "epcisBody": {"eventList": [event]},
        }
        return collected(orjson.dumps(alone), self.about, self.category)


@asynccontextmanager
async def open_repository(line: Line) -> AsyncIterator[EpcisConnector]:
    """A repository to hand events to."""
    config: EpcisConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield EpcisConnector(http)


@asynccontextmanager
async def open_events(line: Line, about: Callable[[Any], About]) -> AsyncIterator[EpcisCollector]:
    """A repository to collect events from."""
    config: EpcisConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield EpcisCollector(http, about, config.category)


def epcis_event(event: Event) -> dict[str, Any]:
    """One bare event in the JSON-LD of EPCIS 2.0, with the context that its names need."""
    plain = {"eventID": event.header.event_id, **plain_of(event)}
    document = orjson.loads(write_document([plain], instant(event.header.occurred_at)))
    (bare,) = document["epcisBody"]["eventList"]
    return {"@context": document["@context"], **bare}


def _results(reply: Reply) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """The query document of an answer, and the events in it.

    Raises:
        RetryError: it is none, or holds an event without its place.
    """
    document = read_json(reply.body)
    try:
        events = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        placed = all(isinstance(each["recordTime"], str) for each in events)
    except (KeyError, TypeError):
        placed = False
    if not placed:
        raise garbled("it is no EPCISQueryDocument whose events all tell their recordTime")
    return document, events


def _place(event: Mapping[str, Any]) -> tuple[str, str]:
    """When an event was recorded, and what tells it from others of that instant."""
    told = str(event["eventID"]).encode() if event.get("eventID") else write_json(event)
    return event["recordTime"], hashlib.sha256(told).hexdigest()[:16]


def _after(fresh: Sequence[Mapping[str, Any]], since: str, had: Sequence[str]) -> str:
    """The cursor after some events."""
    last = str(fresh[-1]["recordTime"])
    found = [place for at, place in map(_place, fresh) if at == last]
    return ",".join([last, *(had if last == since else ()), *found])
