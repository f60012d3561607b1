"""EPCIS: events to the repository of another, one request each (GS1 EPCIS 2.0 section 12, REST).

`POST /events` answers 201, or 409 for an event id that it has. Must not know any other format.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tracehub.connect.batch import instant
from tracehub.connect.batch_type import TokenConfig
from tracehub.connect.http import Http, open_http, write_json
from tracehub.connect.port import Delivery, Line, Receipt
from tracehub.connect.sending import bearer, deliver_written
from tracehub.errors import RejectError
from tracehub.model.event import Event
from tracehub.normalise.formats.write_json import write_json as write_document
from tracehub.normalise.unbuild import plain_of

_CONFLICT: Final = 409
_HEADERS: Final = {
    "Content-Type": "application/ld+json",
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
}


class EpcisConfig(TokenConfig):
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


@asynccontextmanager
async def open_repository(line: Line) -> AsyncIterator[EpcisConnector]:
    """A repository to hand events to."""
    config: EpcisConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield EpcisConnector(http)


def epcis_event(event: Event) -> dict[str, Any]:
    """One bare event in the JSON-LD of EPCIS 2.0, with the context that its names need."""
    plain = {"eventID": event.header.event_id, **plain_of(event)}
    document = orjson.loads(write_document([plain], instant(event.header.occurred_at)))
    (bare,) = document["epcisBody"]["eventList"]
    return {"@context": document["@context"], **bare}
