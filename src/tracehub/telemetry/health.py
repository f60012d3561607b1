"""Health and metrics over HTTP: `/livez`, `/readyz`, `/metrics`.

Live: no service has failed or is stuck. Ready: every service has joined its group.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tracehub.clock import Clock
from tracehub.telemetry.metrics import Metrics

STUCK_S = 120.0
"""A service with work in hand that finishes nothing for this long is not live."""


@dataclass(slots=True)
class Pulse:
    """What one service tells about itself."""

    ready: bool = False
    busy_since_s: float | None = None

    def stuck(self, now_s: float) -> bool:
        """True when it has been at one batch for longer than `STUCK_S`."""
        return self.busy_since_s is not None and now_s - self.busy_since_s > STUCK_S


@dataclass(slots=True)
class Health:
    """The pulses of all services in this process, by name."""

    clock: Clock
    pulses: dict[str, Pulse] = field(default_factory=dict)

    def pulse(self, service: str) -> Pulse:
        """The pulse of one service, made at the first call."""
        return self.pulses.setdefault(service, Pulse())

    def live(self) -> bool:
        """No service is stuck."""
        now_s = self.clock.monotonic_s()
        return not any(pulse.stuck(now_s) for pulse in self.pulses.values())

    def ready(self) -> bool:
        """Every service has joined its group."""
        return bool(self.pulses) and all(pulse.ready for pulse in self.pulses.values())


def application(health: Health, metrics: Metrics) -> Starlette:
    """The HTTP application."""

    def answer(*, good: bool) -> JSONResponse:
        ready = {name: pulse.ready for name, pulse in health.pulses.items()}
        return JSONResponse({"ready": ready}, status_code=200 if good else 503)

    async def livez(_request: Request) -> Response:
        return answer(good=health.live())

    async def readyz(_request: Request) -> Response:
        return answer(good=health.live() and health.ready())

    async def exposition(_request: Request) -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")

    return Starlette(
        routes=[
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/metrics", exposition),
        ]
    )


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: signals are the application's."""

    @property
    def port(self) -> int:
        """The port that it listens on; 0 when it listens on a socket in the file system."""
        name = self.servers[0].sockets[0].getsockname()
        return int(name[1]) if isinstance(name, tuple) else 0

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    @asynccontextmanager
    async def background(self) -> AsyncIterator[None]:
        """Serve while the block runs."""
        task = asyncio.create_task(self.serve())
        try:
            while not self.started:
                if task.done():
                    task.result()
                await asyncio.sleep(0.005)
            yield
        finally:
            self.should_exit = True
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, **options: Any) -> AsyncIterator[int]:
    """Serve an application while the block runs; yields the port.

    Args:
        app: what is served.
        host: where.
        port: 0 for any that is free.
        options: further settings of uvicorn.
    """
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, lifespan="off", access_log=False, **options
    )
    server = _Server(config)
    async with server.background():
        yield server.port
