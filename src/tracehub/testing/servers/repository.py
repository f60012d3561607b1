"""A small EPCIS 2.0 repository on uvicorn: `POST /events`, 201 or 409 by event id and content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(slots=True)
class Repository:
    """What it holds.

    Attributes:
        keys: the idempotency key of each event captured, in order.
        events: by event id.
        hang_up_after: hang up in the answer to the event of this number, once; 0 for never.
    """

    token: str
    url: str = ""
    keys: list[str] = field(default_factory=list)
    events: dict[str, Any] = field(default_factory=dict)
    hang_up_after: int = 0

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


@asynccontextmanager
async def repository(token: str) -> AsyncIterator[Repository]:
    """A repository while the block runs."""
    running = Repository(token)
    app = Starlette(routes=[Route("/events", running.capture, methods=["POST"])])
    async with serving(app, _LOOPBACK, 0) as port:
        running.url = f"http://{_LOOPBACK}:{port}"
        yield running


def _problem(status: int, kind: str, title: str) -> Response:
    said = {"type": f"epcisException:{kind}", "title": title, "status": status}
    return JSONResponse(said, status, media_type="application/problem+json")
