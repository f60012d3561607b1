"""A small EPCIS 2.0 repository on uvicorn: `POST /events`, 201 or 409 by event id; `GET /events`.

It answers queries in the order of `recordTime`, page by page, with tokens that end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracehub.clock import SystemClock
from tracehub.telemetry.health import serving
from tracehub.testing.systems.answering import FaultyResponse
from tracehub.testing.systems.dialect import Answer
from tracehub.testing.systems.faults import Fault

_LOOPBACK = "127.0.0.1"
CONTEXT: Final = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]


@dataclass(slots=True)
class Repository:
    """What it holds.

    Attributes:
        keys: the idempotency key of each event captured, in order.
        events: by event id.
        hang_up_after: hang up in the answer to the event of this number, once; 0 for never.
        recorded: what queries find, in the order of `recordTime`.
        host: of the links to next pages.
        circle: whether each page leads to itself.
        queries: what was asked.
    """

    token: str
    url: str = ""
    keys: list[str] = field(default_factory=list)
    events: dict[str, Any] = field(default_factory=dict)
    hang_up_after: int = 0
    recorded: list[Any] = field(default_factory=list)
    host: str = ""
    circle: bool = False
    queries: list[dict[str, str]] = field(default_factory=list)

    async def capture(self, request: Request) -> Response:
        """`POST /events` (EPCIS 2.0 section 12.6)."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _problem(401, "SecurityException", "unknown token")
        event = orjson.loads(await request.body())
        if "@context" not in event or "eventID" not in event or "eventTime" not in event:
            return _problem(400, "ValidationException", "not a bare event with its context")
        if event["eventID"] in self.events:
            return _problem(409, "ResourceAlreadyExistsException", "this event is here already")
        self.events[event["eventID"]] = event
        self.keys.append(request.headers.get("idempotency-key", ""))
        location = {"Location": f"/events/{len(self.keys)}"}
        answer = Answer(201, b'{"captured": true}', location)
        mode = Fault(mode="hang-up" if len(self.keys) == self.hang_up_after else "none")
        return FaultyResponse(answer, mode, SystemClock())

    async def query(self, request: Request) -> Response:
        """`GET /events` (EPCIS 2.0 section 12.7)."""
        asked = dict(request.query_params)
        self.queries.append(asked)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _problem(401, "SecurityException", "unknown token")
        if (asked.get("orderBy"), asked.get("orderDirection")) != ("recordTime", "ASC"):
            return _problem(400, "QueryParameterException", "only the order of recordTime")
        since, count = asked.get("GE_recordTime", ""), int(asked["perPage"])
        first = int(asked.get("nextPageToken", 0))
        found = [each for each in self.recorded if str(each["recordTime"]) >= since]
        document = {
            "@context": CONTEXT,
            "type": "EPCISQueryDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-09-21T08:00:00.000Z",
            "epcisBody": {
                "queryResults": {
                    "queryName": "SimpleEventQuery",
                    "resultsBody": {"eventList": found[first : first + count]},
                }
            },
        }
        headers = {}
        if first + count < len(found):
            following = urlencode(
                {**asked, "nextPageToken": first if self.circle else first + count}
            )
            headers["Link"] = f'<{self.host or self.url}/events?{following}>; rel="next"'
        return JSONResponse(document, headers=headers)

    async def publish(self, documents: Sequence[bytes]) -> None:
        """Record what stands in documents, as it is."""
        for each in documents:
            self.recorded += orjson.loads(each)["epcisBody"]["eventList"]


@asynccontextmanager
async def repository(token: str) -> AsyncIterator[Repository]:
    """A repository while the block runs."""
    running = Repository(token)
    app = Starlette(
        routes=[
            Route("/events", running.capture, methods=["POST"]),
            Route("/events", running.query, methods=["GET"]),
        ]
    )
    async with serving(app, _LOOPBACK, 0) as port:
        running.url = f"http://{_LOOPBACK}:{port}"
        yield running


def epcis_document(number: int, recorded: int = 0) -> dict[str, Any]:
    """What the hub makes of one event of a repository, which was recorded at some minute."""
    at = f"2026-09-21T08:{recorded:02}:00.000Z"
    event = {
        "type": "ObjectEvent",
        "eventID": f"urn:x:{number}",
        "eventTime": "2026-09-21T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "recordTime": at,
        "epcList": [f"urn:epc:id:sgtin:6901028.007583.{number}"],
        "action": "OBSERVE",
    }
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at,
        "epcisBody": {"eventList": [event]},
    }


def _problem(status: int, kind: str, title: str) -> Response:
    said = {"type": f"epcisException:{kind}", "title": title, "status": status}
    return JSONResponse(said, status, media_type="application/problem+json")
