from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from tracehub.avro.catalogue import Catalogue, bundled, fingerprint
from tracehub.connect.registry_app import application

DRUG = bundled().newest("event.drug-value")


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    later = DRUG._replace(version=2, wire_id=2003)
    transport = httpx2.ASGITransport(application(Catalogue((later, *bundled()))))
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub") as made:
        yield made


async def test_subjects_when_listed_are_all_of_the_catalogue(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/subjects")
    assert answer.json() == sorted(schema.subject for schema in bundled())
    assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"


async def test_schema_when_asked_for_by_id_is_its_text(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/schemas/ids/1003")
    assert fingerprint(json.loads(answer.json()["schema"])) == DRUG.fingerprint


async def test_versions_when_listed_are_in_order(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/subjects/event.drug-value/versions")).json() == [1, 2]


@pytest.mark.parametrize(("version", "wire_id"), [("1", 1003), ("2", 2003), ("latest", 2003)])
async def test_version_when_asked_for_names_its_id(
    client: httpx2.AsyncClient, version: str, wire_id: int
) -> None:
    answer = (await client.get(f"/subjects/event.drug-value/versions/{version}")).json()
    assert answer["id"] == wire_id
    assert answer["subject"] == "event.drug-value"
    assert json.loads(answer["schema"]) == DRUG.text


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/schemas/ids/7", 40403),
        ("/subjects/event.toys-value/versions", 40401),
        ("/subjects/event.toys-value/versions/1", 40401),
        ("/subjects/event.drug-value/versions/3", 40402),
    ],
)
async def test_answer_when_there_is_no_such_thing_has_the_registry_s_code(
    client: httpx2.AsyncClient, path: str, code: int
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, code)


async def test_schema_when_it_would_be_registered_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/subjects/event.drug-value/versions", json={"schema": "{}"})
    assert answer.status_code == 422
    assert "read-only" in answer.json()["message"]


async def test_config_when_asked_for_is_the_gate_that_schemas_pass(
    client: httpx2.AsyncClient,
) -> None:
    assert (await client.get("/config")).json() == {"compatibilityLevel": "BACKWARD_TRANSITIVE"}
