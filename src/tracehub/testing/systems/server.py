"""Server: simulated systems on real sockets of the loopback, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracehub.telemetry.health import serving
from tracehub.testing.systems.answering import FaultyResponse
from tracehub.testing.systems.dialect import Asked
from tracehub.testing.systems.faults import Fault
from tracehub.testing.systems.system import ELSEWHERE, EVENTS, System

_LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def running(system: System, port: int = 0) -> AsyncIterator[str]:
    """Serve a system while the block runs; yields its address. Port 0 is any free one."""
    async with serving(application(system), _LOOPBACK, port) as bound:
        yield f"http://{_LOOPBACK}:{bound}"


@asynccontextmanager
async def running_all(systems: Iterable[tuple[System, int]]) -> AsyncIterator[dict[str, str]]:
    """Serve systems, each on its port, while the block runs; yields addresses by connection."""
    async with AsyncExitStack() as stack:
        yield {
            system.connection: await stack.enter_async_context(running(system, port))
            for system, port in systems
        }


def application(system: System) -> Starlette:
    """A system's HTTP face; `/_faults`, `/_documents` and `/_state` are for its keeper."""

    async def events(request: Request) -> Response:
        asked = await _asked(system, request)
        fault = system.faults.take()
        return FaultyResponse(system.receive(asked, fault), fault, system.clock)

    async def documents(request: Request) -> Response:
        asked = await _asked(system, request)
        fault = system.faults.take()
        return FaultyResponse(system.page(asked, fault), fault, system.clock)

    async def elsewhere(request: Request) -> Response:
        await _asked(system, request)
        return Response(status_code=204)

    routes = [
        Route(EVENTS, events, methods=["POST"]),
        Route(ELSEWHERE, elsewhere, methods=["GET", "POST"]),
        *_keeper(system),
    ]
    if system.dialect.publishes:
        routes.append(Route(system.dialect.publishes, documents, methods=["GET", "POST"]))
    return Starlette(routes=routes)


def _keeper(system: System) -> list[Route]:
    """What a test or a demonstration does with a system from outside the process."""

    async def faults(request: Request) -> Response:
        try:
            system.faults.set(Fault.model_validate_json(await request.body()))
        except ValidationError as error:
            return Response(str(error), status_code=422)
        return Response(status_code=204)

    async def publish(request: Request) -> Response:
        lines = (await request.body()).split(b"\n")
        system.ledger.publish(system.connection, [line for line in lines if line])
        return Response(status_code=204)

    async def state(_request: Request) -> Response:
        counts = system.ledger.counts(system.connection)
        fault = system.faults.current.model_dump()
        requests = dict(system.requests)
        return JSONResponse({**counts._asdict(), "requests": requests, "fault": fault})

    return [
        Route("/_faults", faults, methods=["PUT"]),
        Route("/_documents", publish, methods=["POST"]),
        Route("/_state", state),
    ]


async def _asked(system: System, request: Request) -> Asked:
    """The request as dialects see it, counted."""
    system.requests[request.url.path] += 1
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = dict(request.query_params)
    return Asked(request.method, request.url.path, headers, await request.body(), query)
