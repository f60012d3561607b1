"""The OpenAPI 3.1 document: what FastAPI can't see, because bodies are read as bytes.

Must not know what a path does.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tracehub.gateway import problem
from tracehub.gateway.answers import Problem
from tracehub.gateway.bodies import Bodies

_OPEN: Final = (405, 500)
_ALWAYS: Final = (401, 429, 503, *_OPEN)
_SECURITY: Final[list[dict[str, list[str]]]] = [{"apiKey": []}, {"bearer": []}, {"mutualTLS": []}]
_SCHEMES: Final = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or a token that the issuer gave for client credentials.",
    },
    "mutualTLS": {"type": "mutualTLS"},
}
_CATEGORY: Final = {
    "name": "category",
    "in": "query",
    "required": False,
    "schema": {"type": "string"},
    "description": "Product category; needed when you may publish several.",
}
BEHAVIOUR: Final = {
    "name": "GS1-Capture-Error-Behaviour",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "enum": ["rollback", "proceed"], "default": "rollback"},
}
_TEXT: Final = {"schema": {"type": "string"}}
LOCATION: Final = {
    "Location": {**_TEXT, "required": True, "description": "Where to ask what became of it."}
}
VERSIONS: Final = {
    name: {**_TEXT, "required": True}
    for name in ("GS1-EPCIS-Version", "GS1-EPCIS-Min", "GS1-EPCIS-Max", "GS1-CBV-Version")
}
_SECONDS: Final = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}}
_TOLD: Final = {
    401: {"WWW-Authenticate": {**_TEXT, "required": True}},
    405: {"Allow": {**_TEXT, "required": True}},
    429: _SECONDS,
    503: _SECONDS,
}


def documented(
    bodies: Bodies,
    *statuses: int,
    parameters: Collection[dict[str, Any]] = (),
    answers: dict[int, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """What a path's decorator must say of its body, its refusals, and of answers by status."""
    extra: dict[str, Any] = {"security": _SECURITY}
    if bodies:
        extra["requestBody"] = {"required": True, "content": dict(bodies)}
        extra["parameters"] = [_CATEGORY, *parameters]
    refusals = _refusals({*statuses, *_ALWAYS})
    return {"openapi_extra": extra, "responses": {**(answers or {}), **refusals}}


def link(path: str, parameter: str, member: str) -> dict[str, Any]:
    """Where a member of an answer leads: to the GET of a path that takes it."""
    place = path.replace("/", "~1")
    return {
        "links": {
            parameter: {
                "operationRef": f"#/paths/{place}/get",
                "parameters": {parameter: f"$response.body#/{member}"},
            }
        }
    }


def open_to_all() -> dict[str, Any]:
    """The same of a path that asks nobody who they are."""
    return {"responses": _refusals(_OPEN)}


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        made["components"]["securitySchemes"] = _SCHEMES
        for operations in made["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        schemas = made["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = made
    return app.openapi_schema


def _refusals(statuses: Collection[int]) -> dict[int, dict[str, Any]]:
    return {status: _response(status) for status in sorted(statuses)}


def _response(status: int) -> dict[str, Any]:
    kinds = [each for each in problem.KINDS if each.status == status]
    return {
        "description": "; ".join(f"{each.title} · {each.title_zh}" for each in kinds),
        "model": Problem,
        "content": {problem.MEDIA_TYPE: {}},
        "headers": _TOLD.get(status, {}),
    }
