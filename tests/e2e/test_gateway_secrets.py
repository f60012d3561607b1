"""Secrets of publishers, operators and the gateway: whatever goes wrong, nobody reads them."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.e2e.certificates import Authority
from tests.e2e.conftest import services
from tests.e2e.test_gateway import CONNECTION, JSON, KEY, document, insist, write_hub
from tracehub.app import Edges, open_bus, topic_specs
from tracehub.settings_load import load_settings
from tracehub.telemetry.health import serving
from tracehub.telemetry.log import silent
from tracehub.testing.servers.found import free_port

OPERATOR = "canary-key-of-an-operator"
GUESSED = "canary-key-that-nobody-has"
MOST_PAGES = 60
LINK = re.compile(r'href="(/[^"#]*)"')
ISSUER = OKPKey.generate_key("Ed25519")
SIGNER = OKPKey.generate_key("Ed25519")


def token(**claims: Any) -> str:
    """A token of the issuer's; never one that lives on."""
    whole = {"iss": "https://issuer.example", "aud": "tracehub", "exp": 4_000_000_000, **claims}
    return str(jwt.encode({"alg": "Ed25519"}, whole, ISSUER, algorithms=["Ed25519"]))


def broken() -> bytes:
    """A document that the exchange makes a dead letter of."""
    found = json.loads(document(7))
    found["epcisBody"]["eventList"][0]["action"] = "PERHAPS"
    return json.dumps(found).encode()


async def said(client: httpx2.AsyncClient, credentials: list[dict[str, str]]) -> list[str]:
    """All that the gateway answers, whoever asks for whatever and however it goes wrong."""
    found = []
    for shown in credentials:
        for path, content, headers in (
            ("/capture", document(1), {"gs1-capture-error-behaviour": "proceed"}),
            ("/capture", broken(), {"gs1-capture-error-behaviour": "proceed"}),
            ("/capture", broken(), {}),
            ("/capture", b"{", {}),
            ("/capture?category=drug", b"{}", {}),
            ("/capture", b"x" * 300_000, {}),
            ("/events", b"[]", {}),
            ("/uploads", b"", {"content-type": "text/csv"}),
            ("/nothing", b"", {}),
        ):
            answer = await client.post(path, content=content, headers={**JSON, **shown, **headers})
            found += [answer.text, *answer.headers.values()]
            if "location" in answer.headers:
                for path_of in ("capture", "receipts"):
                    where = answer.headers["location"].replace("capture", path_of)
                    found.append((await client.get(where, headers=shown)).text)
        for path in ("/connectors", f"/connectors/{CONNECTION}/status", "/keys", "/asyncapi.json"):
            found.append((await client.get(path, headers=shown)).text)
        paused = f"/connectors/{CONNECTION}/pause"
        found.append((await client.put(paused, headers=shown)).text)
    return found


def logs(folder: Path) -> list[str]:
    """What the processes wrote."""
    return [each.read_text("utf-8", "replace") for each in folder.glob("*.log")]


def inside(pem: Path) -> str:
    """The first line of a key in PEM."""
    return pem.read_text("ascii").splitlines()[1]


async def written(path: Path) -> str:
    """All that lies on every topic of the hub, keys and headers too."""
    settings = load_settings(path)
    edges = Edges(silent())
    found: list[bytes] = []
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
        for spec in topic_specs(settings):
            for partition, end in enumerate(await bus.ends(spec.name)):
                for each in await bus.read(spec.name, partition, 0, end) if end else ():
                    found += [each.key, each.value, *(value for _, value in each.headers)]
    return b"\n".join(found).decode("utf-8", "replace")


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Where spans are sent, and what was."""
    sent: list[bytes] = []

    async def take(request: Request) -> Response:
        value = await request.body()
        sent.append(gzip.decompress(value) if value[:2] == b"\x1f\x8b" else value)
        return Response()

    app = Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])
    async with serving(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}", sent


async def pages(url: str) -> list[str]:
    """Every page of the console that another one leads to, an operator's eyes on them."""
    shown: dict[str, str] = {}
    waiting = ["/"]
    async with httpx2.AsyncClient(base_url=url, follow_redirects=True, timeout=20) as client:
        await insist(client, "/", content=b"")
        while waiting:
            path = waiting.pop()
            if path not in shown and len(shown) < MOST_PAGES:
                shown[path] = (await client.get(path)).text
                waiting += [each.replace("&amp;", "&") for each in LINK.findall(shown[path])]
    assert any("action-unknown" in each for each in shown.values()), shown.keys()
    return list(shown.values())


class Hub(NamedTuple):
    """A hub that has every secret: its settings, gateway, console, metrics, and private keys."""

    path: Path
    url: str
    console_port: int
    metrics_port: int
    private: tuple[Path, Path]


def hub(folder: Path, ours: Authority) -> Hub:
    """Write one."""
    certificate, key = ours.issue("127.0.0.1", folder)
    issuer = folder / "issuer.json"
    issuer.write_text(json.dumps({"keys": [ISSUER.as_dict(private=False)]}), "utf-8")
    signer = folder / "signer.pem"
    signer.write_bytes(SIGNER.as_pem(private=True))
    metrics_port, console_port = free_port(), free_port()
    path, url = write_hub(
        folder,
        {"engine": "sqlite", "path": "hub.db", "partitions": 1},
        services={"http_port": metrics_port, "log_level": "debug", "trace_ratio": 1.0},
        console={"port": console_port},
        certificate=str(certificate),
        key=str(key),
        client_ca=str(ours.write(folder)),
        signing_key={"file": str(signer)},
        oauth={"issuer": "https://issuer.example", "audience": "tracehub", "keys": str(issuer)},
        operators={"operator": OPERATOR},
    )
    return Hub(path, url, console_port, metrics_port, (key, signer))


async def test_secrets_when_everything_goes_wrong_are_read_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Authority("ours")
    path, url, console_port, metrics_port, private = hub(tmp_path, ours)
    tokens = [token(client_id="client"), token(client_id="x"), token(aud="x"), token(exp=1)]
    credentials = [{"x-api-key": each} for each in (KEY, GUESSED, OPERATOR)]
    credentials += [{"authorization": f"Bearer {each}"} for each in (KEY, GUESSED, *tokens)]
    async with (
        services(path, "gateway"),
        httpx2.AsyncClient(base_url=url, verify=ours.trusted(), timeout=20) as client,
    ):
        await insist(client, "/capture", content=b"", headers=JSON)
        answers = await said(client, credentials)
        answers.append((await client.get(f"http://127.0.0.1:{metrics_port}/metrics")).text)
    async with collector() as (sink, spans):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", sink)
        async with services(path, "exchange"):
            await dead_letter(path)
    async with services(path, "console"):
        seen = await pages(f"http://127.0.0.1:{console_port}")
    places = {
        "answers": answers,
        "logs": logs(tmp_path),
        "topics": [await written(path)],
        "pages": seen,
        "spans": [each.decode("utf-8", "replace") for each in spans],
    }
    assert all("hub" in "".join(each) for each in places.values())
    for secret in (KEY, GUESSED, OPERATOR, *tokens, *map(inside, private)):
        for place, texts in places.items():
            assert not any(secret in each for each in texts), f"{secret[:12]}… in the {place}"


async def dead_letter(path: Path) -> None:
    """Wait until the exchange has refused what is broken."""
    while "PERHAPS" not in await written(path) or "action-unknown" not in await written(path):
        await asyncio.sleep(0.1)
