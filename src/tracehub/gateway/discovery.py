"""Discovery: what a client of EPCIS 2.0 learns from OPTIONS and from headers (section 12.5).

Must not know a document.
"""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from tracehub.gateway import asking
from tracehub.gateway.bodies import NONE
from tracehub.gateway.door import Door
from tracehub.gateway.openapi import VERSIONS, documented
from tracehub.normalise.formats.text import MAX_SIZE

SPOKEN: Final = {
    "gs1-epcis-version": "2.0.0",
    "gs1-epcis-min": "2.0.0",
    "gs1-epcis-max": "2.0.0",
    "gs1-cbv-version": "2.0.0",
}
_LIMITS: Final = {
    "gs1-epcis-capture-file-size-limit": str(MAX_SIZE),
    "gs1-capture-error-behaviour": "rollback",
}
_TOLD: Final = {name: {"schema": {"type": "string"}, "required": True} for name in _LIMITS}


def add_discovery(app: FastAPI, door: Door) -> None:
    """Add the paths."""

    async def discover(request: Request) -> Response:
        """Which versions are spoken, and how large a document may be."""
        asking.caller(request, door)
        allowed = {"allow": "OPTIONS, POST"}
        return Response(status_code=204, headers={**allowed, **SPOKEN, **_LIMITS})

    for path in ("/capture", "/events"):
        app.add_api_route(
            path,
            discover,
            methods=["OPTIONS"],
            status_code=204,
            response_class=Response,
            name=f"discover {path[1:]}",
            **documented(NONE, answers={204: {"headers": {**VERSIONS, **_TOLD}}}),
        )
