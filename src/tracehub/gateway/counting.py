"""Counting: requests of the gateway by route and status, and how long they took.

A route is counted by its template, so no id of a publisher or an event becomes a label. Must not
know what is asked.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracehub.clock import Clock
from tracehub.telemetry.metrics import Metrics

_ELSEWHERE: Final = "other"
_NO_ANSWER: Final = "none"


class Counted:
    """An application whose requests are counted."""

    def __init__(self, app: ASGIApp, metrics: Metrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count it when it is answered, or when the caller has gone."""
        begun_s = self._clock.monotonic_s()
        status = _NO_ANSWER

        async def told(sent: Message) -> None:
            nonlocal status
            if sent["type"] == "http.response.start":
                status = str(sent["status"])
            await send(sent)

        try:
            await self._app(scope, receive, told)
        finally:
            route = getattr(scope.get("route"), "path", _ELSEWHERE)
            self._metrics.gateway_requests.labels(route, status).inc()
            spent_s = self._clock.monotonic_s() - begun_s
            self._metrics.gateway_delay.labels(route).observe(spent_s)
