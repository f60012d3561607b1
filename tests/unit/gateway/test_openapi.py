"""What the gateway says of itself: its OpenAPI document, and OPTIONS."""

from __future__ import annotations

import pytest

from tests.unit.gateway.conftest import Gateway
from tests.unit.gateway.test_application import post


async def test_openapi_when_read_documents_every_status_and_needs_no_network(
    gateway: Gateway,
) -> None:
    found = (await gateway.client.get("/openapi.json")).json()
    refused = {"400", "401", "403", "405", "408", "409", "413", "415", "429", "500", "503"}
    for path, taken in (
        ("/capture", {"202"}),
        ("/records", {"202"}),
        ("/events", {"200", "201"}),
        ("/uploads", {"202"}),
    ):
        published = found["paths"][path]["post"]
        conflict = {"409"} if path == "/uploads" else set()
        assert set(published["responses"]) == taken | refused - conflict
        for status, answer in published["responses"].items():
            if status in taken:
                assert answer["headers"]["Location"]["required"]
            else:
                assert "application/problem+json" in answer["content"]
        assert "Retry-After" in published["responses"]["429"]["headers"]
    assert found["components"]["securitySchemes"].keys() == {"apiKey", "bearer", "mutualTLS"}


async def test_openapi_when_its_examples_are_sent_takes_them(gateway: Gateway) -> None:
    found = (await gateway.client.get("/openapi.json")).json()
    for path in ("/capture", "/events"):
        body = found["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert (await post(gateway, path, body["example"])).status_code in {201, 202}


@pytest.mark.parametrize("path", ["/capture", "/events"])
async def test_options_when_asked_for_tell_versions_and_limits(gateway: Gateway, path: str) -> None:
    answer = await gateway.client.options(path, headers=gateway.auth("market"))
    assert (answer.status_code, answer.headers["gs1-epcis-version"]) == (204, "2.0.0")
    assert answer.headers["gs1-epcis-capture-file-size-limit"] == "262144"
