"""The console reads the metrics of each process behind a name, and does without one that fails."""

from __future__ import annotations

import socket
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tracehub.app import Edges
from tracehub.app.console import _Texts
from tracehub.telemetry.health import serving
from tracehub.telemetry.log import silent

PODS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
"""The last of them does not answer."""


def pod(name: str) -> Starlette:
    return Starlette(routes=[Route("/metrics", lambda _: PlainTextResponse(name))])


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that knows a headless Service."""
    asked = socket.getaddrinfo

    def answer(host: str, port: int, *options: int) -> list[Any]:
        if host == "hub-metrics":
            return [each for pod in PODS for each in asked(pod, port, *options)]
        if host == "gone":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return asked(host, port, *options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


async def test_metrics_when_a_name_has_several_addresses_are_those_of_each(cluster: None) -> None:
    async with (
        serving(pod("first"), PODS[0], 0) as port,
        serving(pod("second"), PODS[1], port),
        httpx2.AsyncClient(timeout=5, trust_env=False) as client,
    ):
        urls = ["http://gone/metrics", f"http://hub-metrics:{port}/metrics"]
        assert await _Texts(urls, client, Edges(silent()))() == ["first", "second"]
