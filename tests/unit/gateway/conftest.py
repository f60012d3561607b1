"""A gateway on an embedded log, asked over ASGI without a socket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import KeySet, OKPKey

from tracehub.app import Judgement, asyncapi, judgement, topic_specs
from tracehub.bus.port import Bus
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.gateway import (
    Door,
    OAuth,
    Office,
    Principal,
    Rate,
    Signer,
    Uploads,
    Way,
    Window,
    application,
)
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.clock import ManualClock

ROOT = Path(__file__).parents[3]
CONNECTIONS: dict[str, Any] = {
    "third-party/market": {"direction": "in", "categories": ["food"], "region": "330000"},
    "third-party/rival": {"direction": "in", "categories": ["food", "drug"], "region": "440000"},
    "inspection/lab": {"categories": ["food"], "region": "330100", "format": "mapped"},
}
KEYS = {
    "market": "key-of-market-0001",
    "rival": "key-of-rival-00002",
    "lab": "key-of-lab-0000003",
    "sister": "key-of-sister-0004",
}
"""The market and its sister are two systems of one connection."""
ISSUER_KEY = OKPKey.generate_key("Ed25519")
SIGNING_KEY = OKPKey.generate_key("Ed25519")


@dataclass
class Gateway:
    """What a test speaks to, and what it may look behind."""

    bus: Bus
    judged: Judgement
    office: Office
    uploads: Uploads
    clock: ManualClock
    principals: dict[str, Principal]
    client: httpx2.AsyncClient

    def auth(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {KEYS[name]}"}

    async def raw(self, topic: str) -> list[bytes]:
        ends = await self.bus.ends(topic)
        return [
            received.value
            for partition, end in enumerate(ends)
            if end
            for received in await self.bus.read(topic, partition, 0, end)
        ]

    async def wait(self, location: str, name: str) -> dict[str, Any]:
        """An upload when it has ended."""
        while True:
            answer = await self.client.get(location, headers=self.auth(name))
            found: dict[str, Any] = answer.json()
            if not found["running"]:
                return found
            await SystemClock().sleep(0.01)


SETTINGS = Settings.model_validate({"connections": CONNECTIONS})


@pytest.fixture(scope="session")
def judged() -> Judgement:
    return judgement(SETTINGS)


@pytest.fixture
async def gateway(tmp_path: Path, judged: Judgement) -> AsyncIterator[Gateway]:
    clock = ManualClock(1_790_000_000_000)
    async with SqliteBus.open(tmp_path / "hub.db", clock=SystemClock()) as bus:
        await bus.ensure(topic_specs(SETTINGS))
        principals = {
            name: Principal(name, connection.id, connection.categories, Rate(50.0, clock))
            for name, connection in zip(("lab", "market", "rival"), SETTINGS.models(), strict=True)
        }
        sister = principals["market"]
        principals["sister"] = Principal(
            "sister", sister.connection, sister.categories, Rate(50.0, clock)
        )
        ways = [
            Way(
                principal,
                (hashlib.sha256(KEYS[name].encode()).hexdigest(),),
                f"CN={name},O=Firm",
                f"client-{name}",
            )
            for name, principal in principals.items()
        ]
        public = KeySet.import_key_set({"keys": [ISSUER_KEY.as_dict(private=False)]})
        door = Door(ways, clock, OAuth("https://issuer.example", "tracehub", public))
        office = Office(bus, judged.normaliser, judged.connections, Window())
        uploads = Uploads(office, SystemClock(), silent())
        signer = Signer(SIGNING_KEY.as_pem(private=True).decode())
        transport = httpx2.ASGITransport(
            application(
                office,
                uploads,
                door,
                signer,
                lambda own: asyncapi(SETTINGS, judged.catalogue, [own]),
            )
        )
        async with httpx2.AsyncClient(transport=transport, base_url="http://hub") as client:
            yield Gateway(bus, judged, office, uploads, clock, principals, client)
        await uploads.rest()
        await office.intake.rest()


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/examples/first-event.json").read_text("utf-8"))
    return found
