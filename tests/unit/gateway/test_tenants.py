"""Every path that names an object, asked by everyone whose object it is not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from tests.unit.gateway.conftest import ROOT, Gateway
from tracehub.app import judgement
from tracehub.gateway.operating import Operators, add_operating
from tracehub.settings import Settings
from tracehub.telemetry.log import silent

OPERATOR = "key-of-an-operator-01"
OPEN = {"/keys"}
"""Public by purpose: what receipts are checked by."""
OWN = {"/asyncapi.json", "/capture", "/events", "/records", "/uploads"}
"""They name no object: what they take and tell is the caller's own."""
MAPPED = {
    "direction": "in",
    "categories": ["food"],
    "format": "mapped",
    "mapping_file": ROOT / "docs/examples/sheet.yaml",
}
SHEET = "批次,日期,条码,数量,企业\nB1,2026-11-02 08:00:00,6901028075831,1,91350100M000100Y43"


@pytest.fixture
def app(gateway: Gateway) -> FastAPI:
    """The application that the client asks, with what operators may ask, too."""
    found = gateway.client._transport.app  # type: ignore[attr-defined]  # of its test transport
    assert isinstance(found, FastAPI)
    keys = {hashlib.sha256(OPERATOR.encode()).hexdigest(): "operator"}
    add_operating(
        found, Operators(keys, gateway.judged.connections, gateway.bus, gateway.clock, silent())
    )
    return found


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and path template that is served."""
    return {
        (method, each.path.replace(":path", ""))
        for each in app.routes
        if isinstance(each, APIRoute)
        for method in each.methods or ()
    }


@pytest.fixture
async def owned(gateway: Gateway, document: dict[str, Any]) -> Mapping[str, str]:
    """An object of the market's for each template, beside others' on the same places."""
    told = await post(gateway, "/capture", json.dumps(document).encode(), "market")
    other = deepcopy(document)
    other["epcisBody"]["eventList"][0]["eventID"] = "urn:x:of-the-rival"
    await post(gateway, "/capture?category=food", json.dumps(other).encode(), "rival")
    other["epcisBody"]["eventList"][0]["eventID"] = "urn:x:of-the-sister"
    await post(gateway, "/capture", json.dumps(other).encode(), "sister")
    ticket = told.rpartition("/")[2]
    judged = judgement(Settings.model_validate({"connections": {"third-party/market": MAPPED}}))
    before = gateway.office.normaliser, gateway.office._connections
    gateway.office.normaliser = judged.normaliser
    gateway.office._connections = {**judged.connections}
    upload = await post(gateway, "/uploads?dry_run=true", SHEET.encode(), "market", "text/csv")
    await gateway.wait(upload, "market")
    gateway.office.normaliser, gateway.office._connections = before
    return {
        "/capture/{capture_id}": f"/capture/{ticket}",
        "/receipts/{receipt_id}": f"/receipts/{ticket}",
        "/events/{event_id}": f"/events/{document['epcisBody']['eventList'][0]['eventID']}",
        "/uploads/{upload_id}": upload,
    }


async def post(
    gateway: Gateway, path: str, content: bytes, name: str, media_type: str = "application/json"
) -> str:
    headers = {"content-type": media_type, **gateway.auth(name)}
    answer = await gateway.client.post(path, content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


async def ask(
    gateway: Gateway, method: str, path: str, headers: Mapping[str, str]
) -> httpx2.Response:
    return await gateway.client.request(method, path, headers=headers)


async def test_object_when_anothers_is_as_absent_as_one_that_never_was(
    gateway: Gateway, app: FastAPI, owned: Mapping[str, str]
) -> None:
    templates = {path for method, path in routes(app) if "{" in path and "connectors" not in path}
    assert templates == owned.keys(), "a path that names an object has no owner in this test"
    for path in owned.values():
        assert (await ask(gateway, "GET", path, gateway.auth("market"))).status_code == 200, path
        absent = re.sub("[^/]+$", "A" * 32, path)
        never = await ask(gateway, "GET", absent, gateway.auth("rival"))
        for headers in map(gateway.auth, ("rival", "lab", "sister")):
            answer = await ask(gateway, "GET", path, headers)
            assert (answer.status_code, answer.content) == (404, never.content), path
            assert answer.headers.keys() == never.headers.keys()
        for headers in ({}, {"x-api-key": OPERATOR}, {"authorization": "Bearer x"}):
            assert (await ask(gateway, "GET", path, headers)).status_code == 401, path


async def test_path_when_nobody_known_or_only_an_operator_asks_is_closed(
    gateway: Gateway, app: FastAPI
) -> None:
    for method, template in sorted(routes(app)):
        if template in OPEN or "connectors" in template:
            continue
        assert "{" in template or template in OWN, f"{template}: whose is it?"
        path = template.replace("{", "").replace("}", "")
        for headers in ({}, {"x-api-key": OPERATOR}, {"authorization": f"Bearer {OPERATOR}"}):
            assert (await ask(gateway, method, path, headers)).status_code == 401, template


async def test_operating_when_a_publisher_asks_is_closed_and_changes_nothing(
    gateway: Gateway, app: FastAPI
) -> None:
    operating = [each for each in routes(app) if "connectors" in each[1]]
    assert len(operating) == 6
    ends = await gateway.bus.ends("control.connections")
    for method, template in operating:
        path = template.format(kind="third-party", name="market")
        for headers in ({}, gateway.auth("market"), gateway.auth("rival"), {"x-api-key": "x"}):
            assert (await ask(gateway, method, path, headers)).status_code == 401, template
    assert await gateway.bus.ends("control.connections") == ends
    mine = await ask(gateway, "GET", "/connectors", {"x-api-key": OPERATOR})
    assert mine.json() == sorted(gateway.judged.connections)
