"""Operating connections over HTTP, with Kafka Connect's verbs: pause, resume, restart, and drain.

Only operators may. Must not know how a service is stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tracehub.bus.port import Bus
from tracehub.clock import Clock
from tracehub.errors import RetryError
from tracehub.gateway import problem
from tracehub.gateway.bodies import NONE
from tracehub.gateway.door import by_key
from tracehub.gateway.openapi import documented
from tracehub.gateway.problem import ProblemError
from tracehub.services.connections import status
from tracehub.services.wishes import DRAIN, PAUSE, RESTART, RUN, Wishes, publish_wish
from tracehub.telemetry.log import Logger

T = TypeVar("T")
_VERBS: Final = {
    "pause": ("PUT", PAUSE),
    "resume": ("PUT", RUN),
    "drain": ("PUT", DRAIN),
    "restart": ("POST", RESTART),
}


@dataclass(frozen=True, slots=True)
class Operators:
    """Who may operate which connections, on which log.

    Attributes:
        keys: name of an operator by the SHA-256 of its key, in hex.
        connections: every connection that there is.
    """

    keys: Mapping[str, str]
    connections: Collection[str]
    bus: Bus
    clock: Clock
    log: Logger

    def name(self, request: Request) -> str:
        """The operator that asks.

        Raises:
            ProblemError: 401.
        """
        found = by_key(request.headers, self.keys)
        if found is None:
            raise ProblemError(problem.UNKNOWN_CALLER, "send an operator's key")
        return found

    def known(self, kind: str, name: str) -> str:
        """The id of a connection.

        Raises:
            ProblemError: 404.
        """
        connection = f"{kind}/{name}"
        if connection not in self.connections:
            raise ProblemError(problem.ABSENT, f"there is no connection {connection}")
        return connection


def add_operating(app: FastAPI, operators: Operators) -> None:
    """Add the paths."""

    @app.get("/connectors", response_model=list[str], **documented(NONE))
    async def connectors(request: Request) -> Response:
        """Every connection's id."""
        operators.name(request)
        return JSONResponse(sorted(operators.connections))

    @app.get("/connectors/{kind}/{name}/status", **documented(NONE, 404))
    async def connector_status(request: Request, kind: str, name: str) -> dict[str, Any]:
        """What is wanted of a connection, how its services are, its last error, and its lag."""
        operators.name(request)
        connection = operators.known(kind, name)
        wishes = Wishes(operators.bus, operators.log)
        await _answered(wishes.look())
        found = status(operators.bus, wishes, connection, operators.log)
        return dict(await _answered(found))

    for verb, (method, wish) in _VERBS.items():
        app.add_api_route(
            f"/connectors/{{kind}}/{{name}}/{verb}",
            _asking(operators, wish),
            methods=[method],
            status_code=202,
            response_class=Response,
            name=verb,
            **documented(NONE, 404),
        )


def _asking(operators: Operators, wish: str) -> Any:
    async def ask(request: Request, kind: str, name: str) -> Response:
        by = operators.name(request)
        connection = operators.known(kind, name)
        await _answered(publish_wish(operators.bus, connection, wish, by, operators.clock))
        return Response(status_code=202)

    ask.__doc__ = f"Ask a connection to {wish}; 202 when the log has it, its services follow."
    return ask


async def _answered(work: Awaitable[T]) -> T:
    try:
        return await work
    except RetryError as error:
        raise ProblemError(problem.LOG, error.text, after_s=2.0) from None
