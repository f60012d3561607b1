"""The pages of what was refused: find it, see what is wrong, try a repair, put it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from tracehub.console.desk import MOST_LETTERS, Desk, Opened
from tracehub.console.difference import difference
from tracehub.console.guarding import (
    ABSENT,
    Form,
    RefusedError,
    form_of,
    operator_of,
    session_of,
)
from tracehub.console.marked import laid_out, marked
from tracehub.console.pages import Pages
from tracehub.services.index import place_of
from tracehub.services.replay import Filter, Found

_DAY_MS: Final = 86_400_000


def add_refusals(app: FastAPI, desk: Desk, pages: Pages) -> None:
    """Add the pages."""
    _finding(app, desk, pages)
    _repairing(app, desk, pages)
    _putting_back(app, desk, pages)


def _finding(app: FastAPI, desk: Desk, pages: Pages) -> None:
    @app.get("/dead-letters")
    async def dead_letters(request: Request, done: int = 0) -> Response:
        """What was refused."""
        session, asked = session_of(request), dict(request.query_params)
        found = await desk.letters(session, _filter(asked))
        return pages.shown(
            request,
            "dead_letters.html",
            connections=desk.seen(session),
            letters=found[:MOST_LETTERS],
            count=len(found),
            asked={each.of: each for each in await desk.requests()},
            wanted={name: asked.get(name, "") for name in _FIELDS},
            done=done,
        )

    @app.get("/dead-letters/{letter_id}")
    async def dead_letter(request: Request, letter_id: str) -> Response:
        """One of them, with its bytes."""
        opened = await _opened(desk, request, letter_id)
        letter = opened.found.letter
        return pages.shown(
            request,
            "dead_letter.html",
            found=opened.found,
            today=opened.today,
            place=place_of(letter.position, letter.item),
            lines=marked(opened.value, letter.reasons),
            document=laid_out(opened.value) if opened.today else "",
        )


def _repairing(app: FastAPI, desk: Desk, pages: Pages) -> None:
    @app.post("/dead-letters/{letter_id}/repair")
    async def repair(request: Request, letter_id: str) -> Response:
        """What a repaired document differs in, and what would become of it."""
        form = await form_of(request)
        opened = await _opened(desk, request, letter_id)
        document = form.one("document")
        letter, value = opened.found.letter, document.encode()
        judged = desk.would_be(session_of(request), letter, value)
        if judged is None:
            raise RefusedError(404, ABSENT)
        return pages.shown(
            request,
            "repair.html",
            letter=letter,
            judged=judged,
            changed=difference(opened.value, value),
            document=document,
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
        session = operator_of(request)
        await desk.lookout.look()
        chosen = await _chosen(desk, request, form)
        if desk.plan(chosen) != form.one("plan"):
            raise RefusedError(409, "The choice has changed since the dry run; look again.")
        await desk.put_back(session, chosen)
        return RedirectResponse(f"/dead-letters?done={len(chosen)}", 303)


async def _opened(desk: Desk, request: Request, letter_id: str) -> Opened:
    opened = await desk.letter(session_of(request), letter_id)
    if opened is None:
        raise RefusedError(404, ABSENT)
    return opened


async def _chosen(desk: Desk, request: Request, form: Form) -> Sequence[Found]:
    """The letters that were ticked, or all that were shown."""
    session = operator_of(request)
    if form.one("all"):
        shown = await desk.letters(session, _filter({each: form.one(each) for each in _FIELDS}))
        found = shown[:MOST_LETTERS]
    else:
        found = await desk.chosen(session, form.all("letter"))
    if not found:
        raise RefusedError(400, "Choose at least one dead letter.")
    return found


_FIELDS: Final = ("connection", "stage", "code", "since", "until")


def _filter(asked: dict[str, str]) -> Filter:
    """What the fields of the page mean; a day that is none is no bound."""
    until = _day(asked.get("until", ""))
    return Filter(
        connection=asked.get("connection", ""),
        stage=asked.get("stage", ""),
        code=asked.get("code", ""),
        since=_day(asked.get("since", "")),
        until=until and until + _DAY_MS - 1,
    )


def _day(text: str) -> int:
    """The first millisecond of a day, UTC; 0 for none."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return 0
