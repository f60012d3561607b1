"""Requests are counted by the route's template, never by what a publisher wrote in it."""

from __future__ import annotations

from typing import cast

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from tests.unit.gateway.conftest import Gateway
from tracehub.gateway.counting import Counted
from tracehub.telemetry.metrics import Metrics


async def test_requests_when_answered_are_counted_by_route_and_status(gateway: Gateway) -> None:
    metrics = Metrics()
    inside = cast("httpx2.ASGITransport", gateway.client._transport)
    counted = httpx2.ASGITransport(Counted(inside.app, metrics, gateway.clock))
    async with httpx2.AsyncClient(transport=counted, base_url="http://hub") as client:
        for number in range(2):
            await client.get(f"/receipts/{number}", headers=gateway.auth("market"))
        await client.get("/receipts/1")
        await client.get("/nowhere/at/all")
    value = metrics.registry.get_sample_value
    for route, status, count in (
        ("/receipts/{receipt_id}", "404", 2),
        ("/receipts/{receipt_id}", "401", 1),
        ("other", "404", 1),
    ):
        name = "tracehub_gateway_requests_total"
        assert value(name, {"route": route, "status": status}) == count
    waited = value("tracehub_gateway_request_seconds_count", {"route": "/receipts/{receipt_id}"})
    assert waited == 3


async def test_request_when_it_ends_without_an_answer_is_counted_too(gateway: Gateway) -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("gone")

    metrics = Metrics()
    transport = httpx2.ASGITransport(Counted(broken, metrics, gateway.clock))
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub") as client:
        with pytest.raises(RuntimeError):
            await client.get("/events")
    labels = {"route": "other", "status": "none"}
    assert metrics.registry.get_sample_value("tracehub_gateway_requests_total", labels) == 1
