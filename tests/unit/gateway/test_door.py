"""Who is let in, and who is not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from tests.unit.gateway.conftest import ISSUER_KEY, Gateway

RAW = "raw.food.third-party.market"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic a2V5"},
        {"x-api-key": ""},
        {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJjbGllbnQtbWFya2V0In0."},
    ],
)
async def test_request_when_nobody_known_asks_is_401(
    gateway: Gateway, document: dict[str, Any], headers: dict[str, str]
) -> None:
    answer = await gateway.client.post("/capture", json=document, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await gateway.raw(RAW) == []


def token(**claims: Any) -> str:
    whole = {
        "iss": "https://issuer.example",
        "aud": "tracehub",
        "exp": 1_790_000_000 + 600,
        "client_id": "client-market",
        **claims,
    }
    key = claims.pop("_key", ISSUER_KEY)
    whole.pop("_key", None)
    return jwt.encode({"alg": "Ed25519"}, whole, key, algorithms=["Ed25519"])


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 202),
        ({"client_id": "x", "azp": "client-market"}, 202),
        ({"client_id": "x", "sub": "nobody"}, 401),
        ({"iss": "https://other.example"}, 401),
        ({"aud": "other"}, 401),
        ({"exp": 1_790_000_000 - 60}, 401),
        ({"nbf": 1_790_000_000 + 3600}, 401),
        ({"_key": OKPKey.generate_key("Ed25519")}, 401),
    ],
)
async def test_token_when_it_holds_lets_its_client_in(
    gateway: Gateway, document: dict[str, Any], claims: dict[str, Any], status: int
) -> None:
    headers = {"authorization": f"Bearer {token(**claims)}"}
    answer = await gateway.client.post("/capture", json=document, headers=headers)
    assert answer.status_code == status


async def test_token_when_its_algorithm_is_chosen_by_the_caller_lets_nobody_in(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    claims = {"iss": "https://issuer.example", "aud": "tracehub", "exp": 1_790_000_600}
    claims["client_id"] = "client-market"
    public = ISSUER_KEY.as_dict(private=False)["x"]
    shared = OctKey.import_key(base64.urlsafe_b64decode(f"{public}="))
    forged = jwt.encode({"alg": "HS256"}, claims, shared, algorithms=["HS256"])
    header, body, _ = token().split(".")
    elsewhere = base64.urlsafe_b64encode(b'{"alg":"Ed25519","jku":"http://169.254.169.254/"}')
    for each in (forged, f"{header}.{body}.", f"{elsewhere.decode().rstrip('=')}.{body}.AAAA"):
        headers = {"authorization": f"Bearer {each}"}
        answer = await gateway.client.post("/capture", json=document, headers=headers)
        assert answer.status_code == 401


async def test_topics_when_asked_for_are_the_callers_own(gateway: Gateway) -> None:
    answer = await gateway.client.get("/asyncapi.json", headers=gateway.auth("market"))
    assert answer.json()["channels"].keys() == {
        RAW,
        "event.food",
        "dead-letter.third-party.market",
    }
    assert "rival" not in answer.text
    assert (await gateway.client.get("/asyncapi.json")).status_code == 401
