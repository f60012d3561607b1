"""The console over HTTP: every page, behind a login, a strict content policy and a token per form.

Pages work without scripts; htmx only refreshes the figures. Must not know how anything is found:
that is `desk.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from tracehub.console.desk import MOST_LETTERS, Desk
from tracehub.console.guarding import (
    ABSENT,
    LOGIN_COOKIE,
    Address,
    Form,
    Guarding,
    RefusedError,
    form_of,
    guarded,
)
from tracehub.console.login import Login
from tracehub.console.marked import marked
from tracehub.console.pages import Pages
from tracehub.console.session import Session, Sessions
from tracehub.console.words import LANGUAGES
from tracehub.model.event import CATEGORIES
from tracehub.services.index import place_of
from tracehub.services.replay import Filter, Found

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
    guarding = Guarding(login, sessions, desk.clock, address)
    guarded(app, pages, guarding)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _entering(app, login, guarding)
    _looking(app, desk, pages)
    _finding(app, desk, pages)
    _refused(app, desk, pages)
    _putting_back(app, desk, pages)
    _judging(app, desk, pages, version)
    return app


def _entering(app: FastAPI, login: Login, guarding: Guarding) -> None:
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
        session = await login.finish(dict(request.query_params), cookie)
        answer = RedirectResponse("/", 303)
        guarding.set_session(answer, session)
        answer.delete_cookie(LOGIN_COOKIE)
        return answer

    @app.post("/logout")
    async def leave(request: Request) -> Response:
        """Forget who is here."""
        await form_of(request)
        answer = RedirectResponse("/login", 303)
        guarding.forget(answer)
        return answer

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
    @app.get("/")
    async def overview(request: Request) -> Response:
        """What moves now."""
        session = _session(request)
        provinces = () if session.grant.connection else await desk.provinces()
        return pages.shown(
            request, "overview.html", flow=await desk.flow(session), provinces=provinces
        )

    @app.get("/flow")
    async def flow(request: Request) -> Response:
        """The part of the overview that moves."""
        return pages.shown(request, "flow.html", flow=await desk.flow(_session(request)))

    @app.get("/connections")
    async def connections(request: Request) -> Response:
        """Every connection with its figures."""
        return pages.shown(request, "connections.html", flow=await desk.flow(_session(request)))


def _finding(app: FastAPI, desk: Desk, pages: Pages) -> None:
    @app.get("/story")
    async def story(request: Request, q: str = "") -> Response:
        """All that happened to an event."""
        told = await desk.told(_session(request), q)
        return pages.shown(request, "story.html", q=q, told=told, indexed=desk.stories is not None)

    @app.get("/audit")
    async def audit(request: Request) -> Response:
        """Who asked for what."""
        if not _session(request).audits:
            raise RefusedError(403, "Not for your role.")
        return pages.shown(request, "audit.html", asked=await desk.asked())


def _refused(app: FastAPI, desk: Desk, pages: Pages) -> None:
    @app.get("/dead-letters")
    async def dead_letters(
        request: Request, connection: str = "", stage: str = "", code: str = "", done: int = 0
    ) -> Response:
        """What was refused."""
        session, wanted = _session(request), Filter(connection=connection, stage=stage, code=code)
        return pages.shown(
            request,
            "dead_letters.html",
            connections=desk.seen(session),
            letters=(await desk.letters(session, wanted))[:MOST_LETTERS],
            wanted=wanted,
            done=done,
        )

    @app.get("/dead-letters/{letter_id}")
    async def dead_letter(request: Request, letter_id: str) -> Response:
        """One of them, with its bytes."""
        opened = await desk.letter(_session(request), letter_id)
        if opened is None:
            raise RefusedError(404, ABSENT)
        letter = opened.found.letter
        return pages.shown(
            request,
            "dead_letter.html",
            found=opened.found,
            today=opened.today,
            place=place_of(letter.position, letter.item),
            lines=marked(opened.value, letter.reasons),
        )


def _putting_back(app: FastAPI, desk: Desk, pages: Pages) -> None:
    @app.post("/dead-letters/dry-run")
    async def dry_run(request: Request) -> Response:
        """Say what would be put back."""
        chosen = await _chosen(desk, request, await form_of(request))
        return pages.shown(request, "dry_run.html", letters=chosen, plan=desk.plan(chosen))

    @app.post("/dead-letters/put-back")
    async def put_back(request: Request) -> Response:
        """Ask for exactly what the dry run showed to be put back."""
        form = await form_of(request)
        chosen = await _chosen(desk, request, form)
        if desk.plan(chosen) != form.one("plan"):
            raise RefusedError(409, "The choice has changed since the dry run; look again.")
        await desk.put_back(_session(request), chosen)
        return RedirectResponse(f"/dead-letters?done={len(chosen)}", 303)


def _judging(app: FastAPI, desk: Desk, pages: Pages, version: str) -> None:
    def page(request: Request, **shown: Any) -> Response:
        seen = [each for each in desk.seen(_session(request)) if each.publishes]
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
                _session(request), named["document"].encode(), named["category"], named["publisher"]
            )
        except KeyError:
            raise RefusedError(404, ABSENT) from None
        return page(request, judged=judged, **named)


async def _chosen(desk: Desk, request: Request, form: Form) -> Sequence[Found]:
    session = _session(request)
    if not session.operates:
        raise RefusedError(403, "Not for your role.")
    wanted = set(form.all("letter"))
    found = [each for each in await desk.letters(session, Filter()) if each.letter.id in wanted]
    if not found:
        raise RefusedError(400, "Choose at least one dead letter.")
    return found


def _session(request: Request) -> Session:
    found: Session = request.state.session
    return found
