"""The console over HTTP: every page, behind a login, a strict content policy and a token per form.

Pages work without scripts; htmx only refreshes the figures. Must not know how anything is found:
that is `desk.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from tracehub.console.desk import Desk
from tracehub.console.guarding import (
    ABSENT,
    LOGIN_COOKIE,
    Address,
    Guarding,
    RefusedError,
    form_of,
    guarded,
    session_of,
)
from tracehub.console.login import Login, LoginError
from tracehub.console.operating import add_operating, asked_of
from tracehub.console.pages import Pages
from tracehub.console.refusals import add_refusals
from tracehub.console.session import Sessions
from tracehub.console.words import LANGUAGES
from tracehub.model.event import CATEGORIES

STATIC: Final = Path(__file__).with_name("static")
_YEAR_S: Final = 365 * 86_400


def application(
    desk: Desk, login: Login, sessions: Sessions, version: str, address: Address
) -> FastAPI:
    """The application to serve.

    Args:
        desk: answers.
        login: how somebody becomes known.
        sessions: writes and reads cookies.
        version: of the rules in force.
        address: how browsers reach it.
    """
    app = FastAPI(title="tracehub console", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.sessions = sessions
    pages = Pages(sessions, open_=login.open)
    guarding = Guarding(login, sessions, desk.lookout.clock, address)
    guarded(app, pages, guarding)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _entering(app, desk, login, guarding)
    _speaking(app)
    _looking(app, desk, pages)
    _finding(app, desk, pages)
    add_operating(app, desk)
    add_refusals(app, desk, pages)
    _judging(app, desk, pages, version)
    return app


def _entering(app: FastAPI, desk: Desk, login: Login, guarding: Guarding) -> None:
    @app.get("/login")
    async def begin() -> Response:
        """Go to the login provider."""
        begun = await login.begin()
        answer = RedirectResponse(begun.url, 303)
        guarding.set_cookie(answer, LOGIN_COOKIE, begun.cookie, 600)
        return answer

    @app.get("/login/done")
    async def finish(request: Request) -> Response:
        """Come back from the login provider."""
        cookie = request.cookies.get(LOGIN_COOKIE, "")
        try:
            session = await login.finish(dict(request.query_params), cookie)
        except LoginError as error:
            await desk.register.turned_away(error)
            raise
        await desk.register.came(session)
        answer = RedirectResponse("/", 303)
        guarding.set_session(answer, session)
        answer.delete_cookie(LOGIN_COOKIE)
        return answer

    @app.post("/logout")
    async def leave(request: Request) -> Response:
        """Forget who is here."""
        await form_of(request)
        await desk.register.left(session_of(request))
        answer = RedirectResponse("/login", 303)
        guarding.forget(answer)
        return answer


def _speaking(app: FastAPI) -> None:
    @app.post("/language")
    async def language(request: Request) -> Response:
        """Choose a language."""
        form = await form_of(request)
        chosen, back = form.one("language"), form.one("back")
        answer = RedirectResponse(back if back.startswith("/") and back[1:2] != "/" else "/", 303)
        if chosen in LANGUAGES:
            answer.set_cookie("language", chosen, _YEAR_S, httponly=True, samesite="lax")
        return answer


def _looking(app: FastAPI, desk: Desk, pages: Pages) -> None:
    async def moving(request: Request) -> Mapping[str, Any]:
        session = session_of(request)
        provinces = () if session.grant.connection else await desk.provinces()
        return {"flow": await desk.flow(session), "provinces": provinces}

    @app.get("/")
    async def overview(request: Request) -> Response:
        """What moves now."""
        return pages.shown(request, "overview.html", **await moving(request))

    @app.get("/flow")
    async def flow(request: Request) -> Response:
        """The part of the overview that moves."""
        return pages.shown(request, "flow.html", live=True, **await moving(request))

    @app.get("/connections")
    async def connections(request: Request, of: str = "", asked: str = "") -> Response:
        """Every connection with its figures and its buttons."""
        session = session_of(request)
        told = asked_of(desk, session, of, asked)
        return pages.shown(request, "connections.html", flow=await desk.flow(session), told=told)


def _finding(app: FastAPI, desk: Desk, pages: Pages) -> None:
    @app.get("/story")
    async def story(request: Request, q: str = "") -> Response:
        """All that happened to an event."""
        told = await desk.told(session_of(request), q)
        return pages.shown(request, "story.html", q=q, told=told, indexed=desk.stories is not None)

    @app.get("/audit")
    async def audit(request: Request) -> Response:
        """Who asked for what."""
        if not session_of(request).audits:
            raise RefusedError(403, "Not for your role.")
        return pages.shown(request, "audit.html", deeds=await desk.deeds())


def _judging(app: FastAPI, desk: Desk, pages: Pages, version: str) -> None:
    def page(request: Request, **shown: Any) -> Response:
        seen = [each for each in desk.seen(session_of(request)) if each.publishes]
        rules = desk.today.table.rules
        first: dict[str, Any] = {"publisher": "", "category": "", "document": "", "judged": ()}
        facts: dict[str, Any] = {
            "publishers": seen,
            "categories": CATEGORIES,
            "rules": rules,
            "version": version,
        }
        return pages.shown(request, "rules.html", **{**first, **facts, **shown})

    @app.get("/rules")
    async def rules(request: Request) -> Response:
        """The rules in force, and a box to try them."""
        return page(request)

    @app.post("/rules")
    async def what_if(request: Request) -> Response:
        """What would become of a document."""
        form = await form_of(request)
        named = {each: form.one(each) for each in ("publisher", "category", "document")}
        if named["category"] not in CATEGORIES:
            raise RefusedError(400, ABSENT)
        try:
            judged = desk.what_if(
                session_of(request),
                named["document"].encode(),
                named["category"],
                named["publisher"],
            )
        except KeyError:
            raise RefusedError(404, ABSENT) from None
        return page(request, judged=judged, **named)
