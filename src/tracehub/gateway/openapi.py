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

_ALWAYS: Final = (401, 405, 429, 503)
_SECURITY: Final[list[dict[str, list[str]]]] = [{"apiKey": []}, {"bearer": []}, {"mutualTLS": []}]
_SCHEMES: Final = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
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
    "schema": {"type": "string", "enum": ["rollback", "proceed"]},
}


def documented(
    media_types: Collection[str], *statuses: int, parameters: Collection[dict[str, Any]] = ()
) -> dict[str, Any]:
    """What a path's decorator must say of its body and its refusals."""
    extra: dict[str, Any] = {"security": _SECURITY}
    if media_types:
        schema = {"type": "string", "format": "binary"}
        extra["requestBody"] = {
            "required": True,
            "content": {each: {"schema": schema} for each in sorted(media_types)},
        }
        extra["parameters"] = [_CATEGORY, *parameters]
    return {
        "openapi_extra": extra,
        "responses": {
            status: _response(status) for status in sorted({*statuses, *_ALWAYS} - {200, 201, 202})
        },
    }


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


def _response(status: int) -> dict[str, Any]:
    kinds = [each for each in problem.KINDS if each.status == status]
    return {
        "description": "; ".join(f"{each.title} · {each.title_zh}" for each in kinds),
        "model": Problem,
        "content": {problem.MEDIA_TYPE: {}},
    }
