"""Guarding: who may see a page, what a form must bring, and what a browser may load. For all pages.

A change needs the session's own token in its form and, where the browser says where it comes from,
our own origin. Sources: OWASP's CSRF prevention; Content Security Policy level 3; Fetch Metadata.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from tracehub.clock import Clock
from tracehub.console.login import Login, LoginError
from tracehub.console.pages import Pages
from tracehub.console.session import COOKIE, LIFE_MS, Session, Sessions
from tracehub.errors import ConfigError, RetryError

LOGIN_COOKIE: Final = "tracehub-login"
ABSENT: Final = "There is no such page, or it does not concern you."
STALE: Final = "This form is not one of ours, or too old: open the page again."
_MOST_FORM: Final = 2 * 1024 * 1024
_OPEN_PATHS: Final = ("/login", "/login/done", "/static/")
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

Answer = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """Ends a request with a page that says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Address(NamedTuple):
    """How browsers reach the console.

    Attributes:
        hosts: the names that a request may come under; empty for any.
        secure: by HTTPS alone, so that cookies never travel otherwise.
    """

    hosts: tuple[str, ...] = ()
    secure: bool = False


class Form(NamedTuple):
    """What a form brought; its token was checked."""

    fields: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """The first value under a name, or nothing."""
        return next(iter(self.fields.get(name, ())), "")

    def all(self, name: str) -> Sequence[str]:
        """Every value under a name."""
        return self.fields.get(name, ())


@dataclass(frozen=True, slots=True)
class Guarding:
    """Lets people in, and remembers them by cookies."""

    login: Login
    sessions: Sessions
    clock: Clock
    address: Address

    def session(self, request: Request) -> tuple[Session | None, bool]:
        """Who asks, and whether that is new to their browser."""
        known = self.sessions.session(request.cookies.get(COOKIE, ""), self.clock.now_ms())
        if known is not None:
            return known, False
        return self.login.unasked(), True

    def set_cookie(self, answer: Response, name: str, value: str, life_s: int) -> None:
        """Give the browser a cookie that scripts and other sites can't use."""
        answer.set_cookie(
            name, value, life_s, httponly=True, samesite="lax", secure=self.address.secure, path="/"
        )

    def set_session(self, answer: Response, session: Session) -> None:
        """Remember somebody."""
        self.set_cookie(answer, COOKIE, self.sessions.cookie(session), LIFE_MS // 1000)

    def forget(self, answer: Response) -> None:
        """Forget them."""
        answer.delete_cookie(
            COOKIE, path="/", secure=self.address.secure, httponly=True, samesite="lax"
        )


def guarded(app: FastAPI, pages: Pages, guarding: Guarding) -> None:
    """Put the guard before every page."""

    @app.middleware("http")
    async def guard(request: Request, call_next: Answer) -> Response:
        request.state.session = None
        if guarding.address.hosts and request.url.hostname not in guarding.address.hosts:
            return Response("this console does not answer under that name", 421)
        session, new = guarding.session(request)
        request.state.session = session
        if session is None and not request.url.path.startswith(_OPEN_PATHS):
            if request.method == "GET" and "hx-request" not in request.headers:
                return RedirectResponse("/login", 303, _HEADERS)
            return pages.refused(request, 401, "You are not logged in.")
        answer = await call_next(request)
        entered = session if new and not request.url.path.startswith(_OPEN_PATHS) else None
        return _dressed(request, answer, entered, guarding)

    _refusing(app, pages)


def _dressed(
    request: Request, answer: Response, entered: Session | None, guarding: Guarding
) -> Response:
    """An answer with what every answer has, and the cookie of whoever is new."""
    if entered is not None:
        guarding.set_session(answer, entered)
    answer.headers.update(_HEADERS)
    if not request.url.path.startswith("/static/"):
        answer.headers["cache-control"] = "no-store"
    return answer


def _refusing(app: FastAPI, pages: Pages) -> None:
    """Show a page for everything that ends a request."""

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> Response:
        return pages.refused(request, error.status, error.text)

    @app.exception_handler(LoginError)
    async def not_let_in(request: Request, error: LoginError) -> Response:
        return pages.refused(request, 403, str(error))

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        return pages.refused(request, error.status_code, ABSENT)

    @app.exception_handler(RetryError)
    async def silent(request: Request, error: RetryError) -> Response:
        return pages.refused(request, 503, error.text)

    @app.exception_handler(ConfigError)
    async def gone(request: Request, error: ConfigError) -> Response:
        return pages.refused(request, 410, str(error))


def session_of(request: Request) -> Session:
    """Who asks; the guard has let nobody else through."""
    found: Session = request.state.session
    return found


def operator_of(request: Request) -> Session:
    """Who asks, when they may change something.

    Raises:
        RefusedError: 403, they may not.
    """
    session = session_of(request)
    if not session.operates:
        raise RefusedError(403, "Not for your role.")
    return session


async def form_of(request: Request) -> Form:
    """What a form brought, once it is known to be one of ours.

    Raises:
        RefusedError: 403 from elsewhere or without the session's token; 413 too long.
    """
    sessions: Sessions = request.app.state.sessions
    session: Session | None = request.state.session
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_FORM:
            raise RefusedError(413, STALE)
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    form = Form(fields)
    if session is None or not _from_us(request):
        raise RefusedError(403, STALE)
    token = sessions.token(session)
    if not hmac.compare_digest(form.one("token").encode(), token.encode()):
        raise RefusedError(403, STALE)
    return form


def _from_us(request: Request) -> bool:
    """Whether the browser says nothing else than that one of our own pages sent this."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
