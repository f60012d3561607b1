"""Operating connections from their page: pause, resume, drain. For operators alone, on record."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from tracehub.console.desk import Desk
from tracehub.console.guarding import ABSENT, RefusedError, form_of, operator_of
from tracehub.console.session import Session
from tracehub.services.wishes import DRAIN, PAUSE, RUN

VERBS: Final = {"pause": PAUSE, "resume": RUN, "drain": DRAIN}


class Told(NamedTuple):
    """What was just asked of a connection."""

    connection: str
    verb: str


def asked_of(desk: Desk, session: Session, connection: str, verb: str) -> Told | None:
    """What an address says was asked; None when it names nothing that somebody may see."""
    known = {each.id for each in desk.seen(session)}
    return Told(connection, verb) if connection in known and verb in VERBS else None


def add_operating(app: FastAPI, desk: Desk) -> None:
    """Add the buttons' path."""

    @app.post("/connections/{kind}/{name}/{verb}")
    async def ask(request: Request, kind: str, name: str, verb: str) -> Response:
        """Ask a connection to pause, to go on, or to drain."""
        await form_of(request)
        session, connection = operator_of(request), f"{kind}/{name}"
        if verb not in VERBS:
            raise RefusedError(404, ABSENT)
        try:
            await desk.wish(session, connection, VERBS[verb])
        except KeyError:
            raise RefusedError(404, ABSENT) from None
        told = urlencode({"of": connection, "asked": verb})
        return RedirectResponse(f"/connections?{told}", 303)
