from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracehub.avro.catalogue import Catalogue, Schema, bundled
from tracehub.avro.codec import Codec
from tracehub.connect.registry import match_ids
from tracehub.connect.registry_app import application
from tracehub.errors import ConfigError, RetryError
from tracehub.telemetry.health import serving

DRUG = bundled().newest("event.drug-value")
RECEIPT = bundled().newest("receipt-value")
ONLY_DRUG = Catalogue((DRUG,))


def _entry(schema: Schema, identity: int, **more: Any) -> dict[str, Any]:
    return {"id": identity, "schema": json.dumps(schema.text, indent=1), **more}


def registry(held: Mapping[str, list[dict[str, Any]]], seen: list[str] | None = None) -> Starlette:
    """A registry with ids of its own: versions by subject, counted from 1."""

    async def versions(request: Request) -> Response:
        if seen is not None:
            seen.append(request.headers.get("authorization", ""))
        found = held.get(request.path_params["subject"])
        if found is None:
            return JSONResponse({"error_code": 40401, "message": "Subject not found."}, 404)
        return JSONResponse(list(range(1, len(found) + 1)))

    async def version(request: Request) -> Response:
        found = held[request.path_params["subject"]]
        return JSONResponse(found[request.path_params["version"] - 1])

    return Starlette(
        routes=[
            Route("/subjects/{subject}/versions", versions),
            Route("/subjects/{subject}/versions/{version:int}", version),
        ]
    )


def answering(status: int) -> Starlette:
    async def answer(_request: Request) -> Response:
        return JSONResponse({"error_code": status}, status)

    return Starlette(routes=[Route("/{path:path}", answer)])


@asynccontextmanager
async def at(app: Starlette) -> AsyncIterator[str]:
    async with serving(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


async def test_ids_when_the_registry_holds_every_schema_are_translated() -> None:
    held = {
        schema.subject: [_entry(schema, 5_000 + number)] for number, schema in enumerate(bundled())
    }
    async with at(registry(held)) as url:
        ids = await match_ids(f"{url}/", bundled())
    assert ids == {schema.wire_id: 5_000 + number for number, schema in enumerate(bundled())}
    assert Codec(bundled().with_ids(ids)).is_canonical(b"\x00" + (5_002).to_bytes(4, "big"))


async def test_ids_when_the_registry_has_older_texts_too_are_those_of_the_fingerprint() -> None:
    held = {DRUG.subject: [_entry(RECEIPT, 7), _entry(DRUG, 8), _entry(RECEIPT, 9)]}
    async with at(registry(held)) as url:
        assert await match_ids(url, ONLY_DRUG) == {1003: 8}


async def test_ids_when_the_registry_lacks_schemas_name_them_all_and_say_what_to_do() -> None:
    async with at(registry({DRUG.subject: [_entry(RECEIPT, 7)]})) as url:
        with pytest.raises(ConfigError) as caught:
            await match_ids(url, Catalogue((DRUG, RECEIPT)))
    first, drug, receipt = str(caught.value).splitlines()
    assert first.startswith("schema registry http://127.0.0.1:")
    assert "holds only other texts of event.drug-value version 1 (fingerprint 92b43271" in drug
    assert "does not know receipt-value version 1" in receipt
    assert receipt.endswith("with POST /subjects/receipt-value/versions")


@pytest.mark.parametrize(
    "entry",
    [
        {"id": 1, "schemaType": "PROTOBUF", "schema": 'syntax = "proto3";'},
        {"id": 1, "schema": '"string"'},
        _entry(DRUG, 1, references=[{"name": "tracehub.Header", "subject": "h", "version": 1}]),
    ],
)
async def test_ids_when_the_registry_holds_another_sort_of_schema_are_not_matched(
    entry: dict[str, Any],
) -> None:
    async with at(registry({DRUG.subject: [entry]})) as url:
        with pytest.raises(ConfigError, match=r"event\.drug-value version 1"):
            await match_ids(url, ONLY_DRUG)


async def test_ids_when_the_registry_wants_a_user_are_asked_for_with_it_and_never_show_it() -> None:
    seen: list[str] = []
    async with at(registry({}, seen)) as url:
        with pytest.raises(ConfigError) as caught:
            await match_ids(url.replace("://", "://hub:s3cret@"), ONLY_DRUG)
    assert seen == ["Basic aHViOnMzY3JldA=="]
    assert "s3cret" not in str(caught.value)


async def test_ids_when_the_registry_refuses_ask_the_operator() -> None:
    async with at(answering(401)) as url:
        with pytest.raises(ConfigError, match=r"answers 401 .* check registry_url and the rights"):
            await match_ids(url, ONLY_DRUG)


async def test_ids_when_the_registry_is_in_trouble_may_be_asked_for_again() -> None:
    async with at(answering(503)) as url:
        with pytest.raises(RetryError, match="answers 503"):
            await match_ids(url, ONLY_DRUG)


async def test_ids_when_the_registry_is_down_may_be_asked_for_again() -> None:
    async with at(answering(503)) as url:
        pass
    with pytest.raises(RetryError, match="does not answer"):
        await match_ids(url, ONLY_DRUG)


async def test_ids_when_the_registry_is_another_hub_are_its_committed_ones() -> None:
    async with at(application(bundled())) as url:
        ids = await match_ids(url, bundled())
    assert ids == {schema.wire_id: schema.wire_id for schema in bundled()}
