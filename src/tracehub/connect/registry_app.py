"""Our own catalogue, read-only, in the REST shape of a schema registry.

Any Kafka tool that speaks to a registry can read the hub's topics with it. Must not know where it
is served. Errors carry the numbers that registry clients look for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracehub.avro.catalogue import Catalogue, Schema

MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
COMPATIBILITY: Final = "BACKWARD_TRANSITIVE"

_NO_SUBJECT: Final = (40401, "Subject not found.")
_NO_VERSION: Final = (40402, "Version not found.")
_NO_SCHEMA: Final = (40403, "Schema not found.")
_READ_ONLY: Final = "This registry is read-only: schemas come with the hub's release."


class _Answer(JSONResponse):
    media_type = MEDIA_TYPE


def application(catalogue: Catalogue) -> Starlette:
    """The application to serve; `routes()` to mount beside others."""
    return Starlette(routes=routes(catalogue))


def routes(catalogue: Catalogue) -> list[Route]:
    """The registry's paths, all of them reading."""
    subjects: dict[str, list[Schema]] = {}
    for schema in sorted(catalogue, key=lambda each: (each.subject, each.version)):
        subjects.setdefault(schema.subject, []).append(schema)

    async def all_subjects(_request: Request) -> Response:
        return _Answer(list(subjects))

    async def by_id(request: Request) -> Response:
        schema = catalogue.by_id(request.path_params["id"])
        return _Answer({"schema": _text(schema)}) if schema else _fault(_NO_SCHEMA)

    async def versions(request: Request) -> Response:
        held = subjects.get(request.path_params["subject"])
        return _Answer([each.version for each in held]) if held else _fault(_NO_SUBJECT)

    async def version(request: Request) -> Response:
        held = subjects.get(request.path_params["subject"])
        if not held:
            return _fault(_NO_SUBJECT)
        schema = _pick(held, request.path_params["version"])
        return _Answer(_entry(schema)) if schema else _fault(_NO_VERSION)

    async def config(_request: Request) -> Response:
        return _Answer({"compatibilityLevel": COMPATIBILITY})

    return [
        Route("/subjects", all_subjects, methods=["GET"]),
        Route("/schemas/ids/{id:int}", by_id, methods=["GET"]),
        Route("/subjects/{subject}/versions", versions, methods=["GET"]),
        Route("/subjects/{subject}/versions", _refuse, methods=["POST"]),
        Route("/subjects/{subject}/versions/{version}", version, methods=["GET"]),
        Route("/config", config, methods=["GET"]),
    ]


async def _refuse(_request: Request) -> Response:
    return _Answer({"error_code": 42205, "message": _READ_ONLY}, status_code=422)


def _pick(held: Sequence[Schema], wanted: str) -> Schema | None:
    if wanted == "latest":
        return held[-1]
    return next((each for each in held if str(each.version) == wanted), None)


def _entry(schema: Schema) -> Mapping[str, Any]:
    return {
        "subject": schema.subject,
        "version": schema.version,
        "id": schema.wire_id,
        "schema": _text(schema),
    }


def _text(schema: Schema) -> str:
    return json.dumps(schema.text, ensure_ascii=False)


def _fault(fault: tuple[int, str]) -> Response:
    code, message = fault
    return _Answer({"error_code": code, "message": message}, status_code=404)
