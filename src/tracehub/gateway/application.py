"""The gateway over HTTP: the capture half of the EPCIS 2.0 REST binding, native records, receipts.

A 2xx means that the log has acknowledged. Must not know how a document is judged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import request_response

from tracehub.errors import RejectError, RetryError
from tracehub.gateway import asking, problem
from tracehub.gateway.answers import (
    Captured,
    Job,
    Receipt,
    grounds,
    job_of,
    receipt_of,
    refusals,
)
from tracehub.gateway.bodies import DOCUMENT, EVENT, NONE, RECORD, Bodies
from tracehub.gateway.discovery import SPOKEN, add_discovery
from tracehub.gateway.door import Door, Principal
from tracehub.gateway.glance import holds_events
from tracehub.gateway.intake import FullError
from tracehub.gateway.office import ClashError, Kept, Office, RefusedError, Taken
from tracehub.gateway.openapi import (
    BEHAVIOUR,
    LOCATION,
    VERSIONS,
    document,
    documented,
    link,
    open_to_all,
)
from tracehub.gateway.problem import ProblemError
from tracehub.gateway.signing import Signer
from tracehub.gateway.ticket import Ticket, ticket_of
from tracehub.gateway.upload import Uploads
from tracehub.gateway.uploading import add_uploads
from tracehub.normalise.formats.text import MAX_SIZE
from tracehub.normalise.rule_book import faults

TopicsOf = Callable[[str], dict[str, Any]]
_REFUSED: Final = (400, 403, 408, 409, 413, 415)
_PUBLISHING: Final = frozenset({"/capture", "/events", "/records"})
_BEHAVIOUR: Final = "gs1-capture-error-behaviour"
_FOUND: Final = {**LOCATION, **VERSIONS}
_TAKEN: Final = {"headers": _FOUND, **link("/events/{event_id}", "event_id", "event_id")}


def application(
    office: Office, uploads: Uploads, door: Door, signer: Signer, topics_of: TopicsOf
) -> FastAPI:
    """The application to serve.

    Args:
        office: takes and finds documents.
        uploads: takes sheets.
        door: knows who is asking.
        signer: signs receipts.
        topics_of: the AsyncAPI document of what one connection may publish and read.
    """
    app = FastAPI(
        title="tracehub gateway",
        version="1",
        description="The HTTP way in for publishers of trace events. 追溯事件发布接口。",
        docs_url=None,
        redoc_url=None,
    )
    app.add_exception_handler(ProblemError, problem.answer)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_exception_handler(Exception, _failed)
    _capture(app, office, door)
    _records(app, office, door)
    _events(app, office, door)
    _receipts(app, office, door, signer)
    add_uploads(app, office, uploads, door)
    add_discovery(app, door)
    _shorten(app)

    @app.get(
        "/asyncapi.json",
        **documented(NONE),
    )
    async def own_topics(request: Request) -> dict[str, Any]:
        """Your own topics, for publishing over Kafka, as an AsyncAPI document."""
        return topics_of(asking.caller(request, door).connection)

    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _shorten(app: FastAPI) -> None:
    """Call what takes a request alone without looking for what else it might take: a tenth less."""
    for route in app.routes:
        if isinstance(route, APIRoute) and route.path in _PUBLISHING:
            route.app = request_response(route.endpoint)


def _capture(app: FastAPI, office: Office, door: Door) -> None:
    @app.post(
        "/capture",
        status_code=202,
        response_class=Response,
        **documented(
            DOCUMENT,
            *_REFUSED,
            parameters=[BEHAVIOUR],
            answers={202: {"headers": _FOUND}},
        ),
    )
    async def capture(request: Request) -> Response:
        """Publish an EPCIS document, of which every event is judged for itself.

        With `GS1-Capture-Error-Behaviour: rollback` (the default) nothing is published unless
        every event passes; with `proceed` the answer comes as soon as the log has the document.
        The same bytes again get the same answer.
        """
        principal = asking.caller(request, door)
        behaviour = request.headers.get(_BEHAVIOUR, "rollback").lower()
        if behaviour not in {"rollback", "proceed"}:
            raise ProblemError(problem.QUERY, f"{_BEHAVIOUR} is rollback or proceed")
        sent = await _sent(office, principal, request, DOCUMENT)
        taken = await _take(office, principal, sent, all_or_nothing=behaviour == "rollback")
        location = f"/capture/{taken.ticket.id}"
        return Response(status_code=202, headers={"location": location, **SPOKEN})

    @app.get(
        "/capture/{capture_id}",
        response_model=Job,
        **documented(NONE, 404, answers={200: {"headers": VERSIONS}}),
    )
    async def job(request: Request, capture_id: str) -> Response:
        """The capture job: which events were refused, and why."""
        principal = asking.caller(request, door)
        kept = await _kept(office, principal, ticket_of(capture_id))
        return JSONResponse(job_of(kept).model_dump(), headers=SPOKEN)


def _records(app: FastAPI, office: Office, door: Door) -> None:
    @app.post(
        "/records",
        status_code=202,
        response_class=Response,
        **documented(RECORD, *_REFUSED, answers={202: {"headers": LOCATION}}),
    )
    async def records(request: Request) -> Response:
        """Publish a record in your system's own JSON or XML, which your connection's mapping reads.

        The same bytes again get the same answer.
        """
        principal = asking.caller(request, door)
        sent = await _sent(office, principal, request, RECORD)
        taken = await _take(office, principal, sent, all_or_nothing=True)
        return Response(status_code=202, headers={"location": f"/receipts/{taken.ticket.id}"})


def _events(app: FastAPI, office: Office, door: Door) -> None:
    @app.post(
        "/events",
        status_code=201,
        response_model=Captured,
        **documented(EVENT, *_REFUSED, answers={200: {"model": Captured, **_TAKEN}, 201: _TAKEN}),
    )
    async def event(request: Request) -> Response:
        """Publish one event; 201 when it is new, 200 with the first answer when it was there."""
        principal = asking.caller(request, door)
        sent = await _sent(office, principal, request, EVENT)
        if holds_events(sent.value):
            raise ProblemError(problem.INVALID, "send one event; a document goes to /capture")
        taken = await _take(office, principal, sent, all_or_nothing=True)
        kept = await _kept(office, principal, taken.ticket)
        if errors := refusals(kept):  # it was published before, where it might proceed
            raise ProblemError(problem.INVALID, errors[0].detail)
        event_id = receipt_of(kept, principal.name, principal.connection).events[0].event_id
        captured = Captured(id=taken.ticket.id, event_id=event_id)
        headers = {"location": f"/receipts/{taken.ticket.id}", **SPOKEN}
        return JSONResponse(captured.model_dump(), 201 if taken.first else 200, headers)

    @app.get("/events/{event_id:path}", response_model=Receipt, **documented(NONE, 404))
    async def own_event(request: Request, event_id: str) -> Response:
        """The receipt of one of your own newest events, by its event id."""
        principal = asking.caller(request, door)
        kept = await _kept(office, principal, office.ticket_of_event(principal, event_id))
        return JSONResponse(receipt_of(kept, principal.name, principal.connection).model_dump())


def _receipts(app: FastAPI, office: Office, door: Door, signer: Signer) -> None:
    @app.get("/receipts/{receipt_id}", response_model=Receipt, **documented(NONE, 404))
    async def receipt(request: Request, receipt_id: str) -> Response:
        """The signed receipt for a document of yours, and what the rules say of its events."""
        principal = asking.caller(request, door)
        kept = await _kept(office, principal, ticket_of(receipt_id))
        unsigned = receipt_of(kept, principal.name, principal.connection)
        return JSONResponse(signer.signed(unsigned).model_dump())

    @app.get("/keys", **open_to_all())
    async def keys() -> dict[str, Any]:
        """The keys that receipts are signed with (RFC 7517)."""
        return signer.keys()


class _Sent(NamedTuple):
    """What a publisher sent, and its category."""

    category: str
    value: bytes


async def _sent(
    office: Office, principal: Principal, request: Request, media_types: Bodies
) -> _Sent:
    category = asking.category(request, principal)
    with office.room.held(principal.name) as held:
        return _Sent(category, await asking.body(request, media_types, MAX_SIZE, held))


async def _take(
    office: Office, principal: Principal, sent: _Sent, *, all_or_nothing: bool
) -> Taken:
    return await problems(lambda: office.take(principal, *sent, all_or_nothing=all_or_nothing))


async def problems(work: Callable[[], Awaitable[Taken]]) -> Taken:
    """What `work` comes to; what hinders it as a problem.

    Raises:
        ProblemError: 400, 409, 429, 503.
    """
    try:
        return await work()
    except RejectError as error:
        raise ProblemError(problem.INVALID, error.text, errors=_plain(error)) from None
    except RefusedError as error:
        errors = [each for held in error.refused for each in _plain(held.error, held.item)]
        raise ProblemError(problem.INVALID, str(error), errors=errors) from None
    except ClashError as error:
        raise ProblemError(
            problem.CLASH,
            "an event with this id was published with other content; a correction repeats the id "
            "with an errorDeclaration",
            event_ids=list(error.event_ids),
        ) from None
    except FullError as error:
        raise ProblemError(problem.TOO_MANY, str(error), after_s=1.0) from None
    except RetryError as error:
        raise ProblemError(problem.LOG, f"{error.text}; send it again", after_s=2.0) from None


async def _kept(office: Office, principal: Principal, ticket: Ticket | None) -> Kept:
    """A document of the caller's own; absent and forbidden are the same.

    Raises:
        ProblemError: 404, 503.
    """
    try:
        kept = await office.kept(principal, ticket) if ticket else None
    except RetryError as error:
        raise ProblemError(problem.LOG, error.text, after_s=2.0) from None
    if kept is None:
        raise _absent()
    return kept


def _absent() -> ProblemError:
    return ProblemError(problem.ABSENT, "nothing of yours is known by this id")


def _plain(error: RejectError, item: int | None = None) -> list[dict[str, Any]]:
    """The reasons of an error as JSON, with the index of the event that they are of."""
    return [
        {"item": error.item if item is None else item, **each.model_dump()}
        for each in grounds(faults(error.reasons))
    ]


async def _unrouted(_request: Request, error: Exception) -> Response:
    """What the framework refuses by itself: a path or a method that is not there."""
    if not isinstance(error, HTTPException):
        raise error
    kind = problem.METHOD if error.status_code == problem.METHOD.status else problem.ABSENT
    detail = "see /openapi.json for what there is"
    return JSONResponse(
        problem.body(kind, detail, {}), kind.status, error.headers, problem.MEDIA_TYPE
    )


async def _failed(_request: Request, _error: Exception) -> Response:
    """What nobody foresaw; it is raised again behind this answer, for the operator to read."""
    detail = "send it again; when it fails again, tell the operator of the hub when it did"
    kind = problem.FAILED
    return JSONResponse(problem.body(kind, detail, {}), kind.status, None, problem.MEDIA_TYPE)
