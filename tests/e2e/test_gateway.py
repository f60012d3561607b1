"""The gateway as a process: killed while publishers retry, asked anything, shown certificates."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx2
import pytest
from ruamel.yaml import YAML

from tests.e2e.certificates import Authority
from tests.e2e.conftest import Section, Services, services
from tracehub.app import Edges, open_bus
from tracehub.bus import topics
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.servers.found import free_port

ROOT = Path(__file__).parents[2]
KEY = "key-of-market-0001"
CONNECTION = "third-party/market"
PUBLISHES = {"direction": "in", "categories": ["food"], "region": "330000"}
EVENTS = 400
CLIENTS = 8
OPERATOR = "key-of-an-operator-01"
MAPPED = {"format": "mapped", "mapping_file": str(ROOT / "docs/examples/sheet.yaml")}


class Caller(NamedTuple):
    """Who asks for which paths, how its records are read, and with which phase last."""

    key: str
    paths: str
    mapped: Mapping[str, str] = MappingProxyType({})
    last: str = "stateful"


CALLERS = {
    "publisher": Caller(KEY, "^/(capture|events|records|receipts|keys|asyncapi)"),
    "small-firm": Caller(KEY, "^/(uploads|records)", MAPPED),
    "operator": Caller(OPERATOR, "^/connectors", last="fuzzing"),
}
JSON = {"content-type": "application/json"}


def write_hub(
    folder: Path,
    log: Section,
    mapped: Mapping[str, str] | None = None,
    services: Mapping[str, Any] | None = None,
    **gateway: Any,
) -> tuple[Path, str]:
    """Settings of a hub with one publisher; returns them and the gateway's address."""
    port = free_port()
    principal = {
        "connection": CONNECTION,
        "api_keys": [_digest(KEY)],
        "certificate": "CN=market",
        "oauth_client": "client",
        "rate_per_s": 100_000,
    }
    operators = {name: _digest(key) for name, key in gateway.pop("operators", {}).items()}
    console = {"console": gateway.pop("console")} if "console" in gateway else {}
    tree = {
        **console,
        "bus": dict(log),
        "services": {"http_port": 0, "log_level": "warning", **(services or {})},
        "gateway": {
            "port": port,
            "principals": {"market": principal},
            "operators": operators,
            **gateway,
        },
        "connections": {CONNECTION: {**PUBLISHES, **(mapped or {})}},
    }
    path = folder / "hub.yaml"
    with path.open("w", encoding="utf-8") as out:
        YAML().dump(tree, out)
    scheme = "https" if "certificate" in gateway else "http"
    return path, f"{scheme}://127.0.0.1:{port}"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def document(number: int) -> bytes:
    found = json.loads((ROOT / "docs/examples/first-event.json").read_text("utf-8"))
    found["epcisBody"]["eventList"][0]["eventID"] = f"urn:x:{number}"
    return json.dumps(found).encode()


async def insist(client: httpx2.AsyncClient, path: str, **request: Any) -> httpx2.Response:
    """Ask until there is an answer that is no 503: as a publisher must."""
    while True:
        try:
            answer = await client.post(path, **request)
        except httpx2.TransportError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(0.05)


@asynccontextmanager
async def published(path: Path) -> AsyncIterator[list[bytes]]:
    """Every raw record that lies on the log."""
    settings = load_settings(path)
    edges = Edges(silent())
    topic = topics.raw("food", CONNECTION)
    async with open_bus(settings, edges.clock) as bus:
        found = []
        for partition, end in enumerate(await bus.ends(topic)):
            offset = 0
            while offset < end:
                page = await bus.read(topic, partition, offset, 500)
                found += [each.value for each in page]
                offset = page[-1].offset + 1
        yield found


async def test_gateway_when_killed_under_load_loses_nothing_it_took(
    tmp_path: Path, log_section: Section
) -> None:
    path, url = write_hub(tmp_path, log_section)
    taken: dict[int, str] = {}
    waiting = list(range(EVENTS))
    async with services(path, "gateway") as running:

        async def publish(client: httpx2.AsyncClient) -> None:
            while waiting:
                number = waiting.pop()
                answer = await insist(
                    client, "/capture", content=document(number), headers={"x-api-key": KEY, **JSON}
                )
                assert answer.status_code == 202, answer.text
                taken[number] = answer.headers["location"]

        async with httpx2.AsyncClient(base_url=url, timeout=20) as client:
            async with asyncio.TaskGroup() as group:
                for _ in range(CLIENTS):
                    group.create_task(publish(client))
                group.create_task(_kill(running, taken))
            some = taken[EVENTS // 2]
            job = (await client.get(some, headers={"x-api-key": KEY})).json()
    assert running.kills == 3
    assert job["success"], job
    async with published(path) as found:
        ids = [json.loads(each)["epcisBody"]["eventList"][0]["eventID"] for each in found]
    assert set(ids) == {f"urn:x:{number}" for number in taken}
    assert len(taken) == EVENTS


async def _kill(running: Services, taken: dict[int, str]) -> None:
    for share in (0.2, 0.5, 0.8):
        while len(taken) < share * EVENTS:
            await asyncio.sleep(0.01)
        await running.kill("gateway")


@pytest.fixture
def embedded() -> Section:
    return {"engine": "sqlite", "path": "hub.db", "partitions": 2}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
async def test_gateway_when_asked_anything_keeps_to_its_openapi_document(
    tmp_path: Path, embedded: Section, caller: Caller
) -> None:
    path, url = write_hub(
        tmp_path, embedded, mapped=caller.mapped, operators={"operator": OPERATOR}
    )
    async with services(path, "gateway"):
        async with httpx2.AsyncClient(base_url=url) as client:
            await insist(client, "/capture", content=b"", headers=JSON)
        asked = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{url}/openapi.json", f"--header=X-API-Key: {caller.key}", "--seed=7"),
            *("--max-examples=6", "--continue-on-failure", f"--include-path-regex={caller.paths}"),
            f"--phases={','.join(dict.fromkeys(('examples', 'coverage', 'fuzzing', caller.last)))}",
            # The rules refuse more than a schema can say.
            "--exclude-checks=positive_data_acceptance",
            "--suppress-health-check=filter_too_much",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await asked.communicate())[0].decode()
    assert asked.returncode == 0, said[-4000:]


async def test_gateway_when_certificates_are_shown_knows_its_publishers_by_them(
    tmp_path: Path, embedded: Section
) -> None:
    ours, foreign = Authority("ours"), Authority("foreign")
    certificate, key = ours.issue("127.0.0.1", tmp_path)
    path, url = write_hub(
        tmp_path,
        embedded,
        certificate=str(certificate),
        key=str(key),
        client_ca=str(ours.write(tmp_path)),
    )

    def shown(issuer: Authority | None, name: str) -> ssl.SSLContext:
        context = ours.trusted()
        if issuer is not None:
            context.load_cert_chain(*issuer.issue(name, tmp_path))
        return context

    async def status(issuer: Authority | None, name: str = "") -> int:
        async with httpx2.AsyncClient(base_url=url, verify=shown(issuer, name)) as client:
            answer = await client.post("/capture", content=document(1), headers=JSON)
            return answer.status_code

    async with services(path, "gateway"):
        async with httpx2.AsyncClient(base_url=url, verify=shown(None, "")) as client:
            await insist(client, "/capture", content=b"", headers=JSON)
        assert await status(ours, "market") == 202
        assert await status(ours, "stranger") == 401
        assert await status(None) == 401
        with pytest.raises(httpx2.TransportError):
            await status(foreign, "market")
