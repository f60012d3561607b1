"""Pages: templates with what all of them show: who looks, in which language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tracehub.console.flow import per_s, picture
from tracehub.console.session import Session, Sessions
from tracehub.console.words import CHINESE, language_of, said
from tracehub.model.instant import utc

FOLDER: Final = Path(__file__).with_name("pages")
VENDORED: Final = Path(__file__).with_name("static") / "vendored.json"
_SECTIONS: Final = (
    ("/", "Overview"),
    ("/connections", "Connections"),
    ("/story", "Stories"),
    ("/dead-letters", "Dead letters"),
    ("/rules", "Rules"),
)
_AUDIT: Final = ("/audit", "Audit")
_PICTURE: Final = (
    "Categories, exchange and connections with their rates; the table below says the same"
)


class Pages:
    """Renders."""

    def __init__(self, sessions: Sessions, *, open_: bool) -> None:
        self._sessions = sessions
        self._open = open_
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        vendored = json.loads(VENDORED.read_text("utf-8"))
        self._integrity = vendored["htmx.min.js"]["integrity"]

    def shown(
        self, request: Request, name: str, *, status: int = 200, **facts: Any
    ) -> HTMLResponse:
        """A page for whoever asks."""
        session: Session | None = request.state.session
        language = language_of(
            request.cookies.get("language", ""), request.headers.get("accept-language", "")
        )
        if "flow" in facts:
            facts["picture"] = picture(facts["flow"], said(language, _PICTURE))
        audits = session is not None and session.audits
        text = self._templates.get_template(name).render(
            language=language,
            t=lambda text: said(language, text),
            time=lambda at: utc(at).strftime("%Y-%m-%d %H:%M:%S UTC"),
            per_s=per_s,
            words=lambda text: said(language, text) if text in CHINESE else text,
            session=session,
            token=self._sessions.token(session) if session else "",
            sections=(*_SECTIONS, _AUDIT) if audits else _SECTIONS,
            section="/" + request.url.path.split("/")[1],
            back=_back(request),
            open=self._open,
            htmx_integrity=self._integrity,
            **facts,
        )
        return HTMLResponse(text, status, {"content-language": language, "vary": "accept-language"})

    def refused(self, request: Request, status: int, text: str) -> HTMLResponse:
        """A page that says why there is nothing to see; its text may be one of another's."""
        return self.shown(
            request,
            "refused.html",
            status=status,
            number=status,
            text=text,
            login=status in {401, 403} and not self._open,
        )


def _back(request: Request) -> str:
    """Where to go on after choosing a language; a page that was posted can't be asked for again."""
    if request.method != "GET":
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
