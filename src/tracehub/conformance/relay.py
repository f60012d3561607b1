"""Relay: between a connector and an HTTP system, to damage or delay its answers on the way.

The system itself does what it was asked; only the answer suffers. Must not know any format.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracehub.clock import Clock
from tracehub.telemetry.health import serving
from tracehub.testing.systems.answering import FaultyResponse
from tracehub.testing.systems.dialect import Answer
from tracehub.testing.systems.faults import Fault, Faults

_LOOPBACK: Final = "127.0.0.1"
_METHODS: Final = ["GET", "POST", "PUT"]
_OF_ONE_HOP: Final = frozenset({"host", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Relay:
    """A running relay.

    Attributes:
        config: the connector's settings, by way of it.
        faults: what it does to the next answers.
        answered: the statuses that the system answered with, before they were damaged.
    """

    config: Any
    faults: Faults
    answered: list[int]


@asynccontextmanager
async def relaying(config: Any, timeout_s: float, clock: Clock) -> AsyncIterator[Relay | None]:
    """A relay while the block runs; None for a system that does not speak HTTP."""
    parts = urlsplit(config.url)
    if parts.scheme not in {"http", "https"}:
        yield None
        return
    origin = f"{parts.scheme}://{parts.netloc}"
    faults = Faults()
    answered: list[int] = []
    verify = getattr(_innermost(config), "ca_file", None)
    client = httpx2.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        verify=True if verify is None else str(verify),
        timeout=config.timeout_s,
    )

    async def forward(request: Request) -> Response:
        url = f"{origin}{request.url.path}"
        asked = client.build_request(
            request.method,
            f"{url}?{request.url.query}" if request.url.query else url,
            headers=_onward(request.headers.items()),
            content=await request.body(),
        )
        try:
            answer = await client.send(asked)
        except httpx2.RequestError:
            return Response(status_code=502)
        answered.append(answer.status_code)
        headers = dict(_onward(answer.headers.items()))
        return FaultyResponse(
            Answer(answer.status_code, answer.content, headers), faults.take(), clock
        )

    app = Starlette(routes=[Route("/{path:path}", forward, methods=_METHODS)])
    async with client, serving(app, _LOOPBACK, 0) as port:
        url = f"http://{_LOOPBACK}:{port}{parts.path}"
        yield Relay(changed(config, {"url": url, "timeout_s": timeout_s}), faults, answered)


def changed(config: BaseModel, values: dict[str, Any]) -> Any:
    """Settings with other values, wherever they have fields of these names."""
    update: dict[str, Any] = {}
    for name in type(config).model_fields:
        value = getattr(config, name)
        if name in values:
            update[name] = values[name]
        elif isinstance(value, BaseModel):
            update[name] = changed(value, values)
    return config.model_copy(update=update)


def lost_answer(mode: Any) -> Fault:
    """Do this to one answer."""
    return Fault(mode=mode, times=1)


def _innermost(config: Any) -> Any:
    return getattr(config, "far", config)


def _onward(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _OF_ONE_HOP]
