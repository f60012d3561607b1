"""Uploads over HTTP: a sheet in, its progress and its row-numbered errors out."""

from __future__ import annotations

from dataclasses import asdict
from email.message import Message
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from tracehub.gateway import asking, problem
from tracehub.gateway.answers import Answer
from tracehub.gateway.bodies import NONE, SHEET
from tracehub.gateway.door import Door
from tracehub.gateway.intake import FullError
from tracehub.gateway.office import Office
from tracehub.gateway.openapi import LOCATION, documented, link
from tracehub.gateway.problem import ProblemError
from tracehub.gateway.sheet import MOST_BYTES, Sheet
from tracehub.gateway.upload import Upload, Uploads

_FILE_S: Final = 120.0
_DRY_RUN: Final = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["true", "false"]},
    "description": "Judge the rows and publish nothing.",
}


_UPLOAD: Final = documented(
    SHEET,
    *(400, 403, 408, 413, 415),
    parameters=[_DRY_RUN],
    answers={202: {"headers": LOCATION, **link("/uploads/{upload_id}", "upload_id", "id")}},
)


class RowFault(Answer):
    """One reason why a row was refused."""

    row: int = Field(description="Number of the row in the file; the titles are row 1.")
    column: str
    rule: str
    text: str
    text_zh: str


class Progress(Answer):
    """How far an upload is."""

    id: str
    running: bool
    dry_run: bool
    expected: int = Field(description="How many rows there are, about; 0 before that is known.")
    rows: int = Field(description="Rows that were read so far.")
    accepted: int
    refused: int
    fault: str = Field(description="Why the file could not be read to its end; empty if it could.")
    fault_zh: str
    errors: list[RowFault] = Field(description="The first thousand.")


def add_uploads(app: FastAPI, office: Office, uploads: Uploads, door: Door) -> None:
    """Add the paths."""

    @app.post(
        "/uploads",
        status_code=202,
        response_model=Progress,
        **_UPLOAD,
    )
    async def upload(request: Request) -> Response:
        """Send a CSV or Excel file whose rows your connection's mapping reads; ask for progress.

        Titles stand in the first row. Good rows are published, the others are named with their
        row and column. The same file again finds the same upload.
        """
        principal = asking.caller(request, door)
        category = asking.category(request, principal)
        if office.source(principal, category).connection.format != "mapped":
            raise ProblemError(
                problem.NOT_ALLOWED, "your connection declares no mapping; send EPCIS to /capture"
            )
        try:
            with uploads.room(principal):
                sheet, dry_run = await _sheet(request)
                found = uploads.start(principal, category, sheet, dry_run=dry_run)
        except FullError as error:
            raise ProblemError(problem.TOO_MANY, str(error), after_s=5.0) from None
        headers = {"location": f"/uploads/{found.id}"}
        return JSONResponse(_progress(found), 202, headers)

    @app.get("/uploads/{upload_id}", response_model=Progress, **documented(NONE, 404))
    async def progress(request: Request, upload_id: str) -> Response:
        """How far one of your uploads is, and what was refused so far."""
        principal = asking.caller(request, door)
        found = uploads.find(principal, upload_id)
        if found is None:
            raise ProblemError(
                problem.ABSENT, "no upload of yours is known by this id; send the file again"
            )
        return JSONResponse(_progress(found))


async def _sheet(request: Request) -> tuple[Sheet, bool]:
    """The file, and whether it is only to be judged.

    Raises:
        ProblemError: 400, 408, 413, 415.
    """
    dry_run = request.query_params.get("dry_run", "false")
    if dry_run not in {"true", "false"}:
        raise ProblemError(problem.QUERY, "dry_run is true or false")
    value = await asking.body(request, SHEET, MOST_BYTES, within_s=_FILE_S)
    given = Message()
    given["content-type"] = request.headers["content-type"]
    charset = given.get_content_charset("utf-8")
    return Sheet(value, given.get_content_type(), charset), dry_run == "true"


def _progress(upload: Upload) -> dict[str, object]:
    return Progress(
        id=upload.id,
        running=upload.running,
        dry_run=upload.dry_run,
        expected=upload.expected,
        rows=upload.done,
        accepted=upload.accepted,
        refused=upload.refused,
        fault=upload.fault,
        fault_zh=upload.fault_zh,
        errors=[RowFault(**asdict(each)) for each in upload.errors],
    ).model_dump()
