"""What people ask of a hub: publisher and operator at the gateway, operator at the console."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path
from typing import NamedTuple

import httpx2

from tracehub.settings import GatewaySettings, PrincipalSettings

PUBLISHER = "provincial/zhejiang"
KEY = "a key of these tests"
DOCUMENT = Path(__file__).parents[2] / "docs" / "examples" / "first-event.json"
_JSON = {"x-api-key": KEY, "content-type": "application/json"}
_LETTER = re.compile(r'name="letter" value="([^"]+)"')
_TOKEN = re.compile(r'name="token" value="(\w+)"')
_PLAN = re.compile(r'name="plan" value="(\w+)"')


def gateway() -> GatewaySettings:
    """A gateway that knows one publisher and one operator."""
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    publisher = PrincipalSettings(connection=PUBLISHER, api_keys=(digest,))
    return GatewaySettings(port=0, principals={"zhejiang": publisher}, operators={"li.wei": digest})


class Answers(NamedTuple):
    """Status codes, in the order of asking."""

    capture: int
    job: int
    pause: int
    standing: int
    story: int
    put_back: int


async def answers(gateway: str, console: str) -> Answers:
    """Publish, read it back, pause and resume; find the event's story, put a refused one back."""
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
        document = DOCUMENT.read_bytes()
        query = {"category": "food"}
        capture = await client.post(
            f"{gateway}/capture", content=document, headers=_JSON, params=query
        )
        job = await client.get(f"{gateway}{capture.headers['location']}", headers=_JSON)
        connection = f"{gateway}/connectors/{PUBLISHER}"
        pause = await client.put(f"{connection}/pause", headers=_JSON)
        standing = await client.get(f"{connection}/status", headers=_JSON)
        await client.put(f"{connection}/resume", headers=_JSON)
        event = json.loads(document)["epcisBody"]["eventList"][0]["eventID"]
        story = await _story(client, console, event)
        put_back = await _put_back(client, console)
    codes = (each.status_code for each in (capture, job, pause, standing, story, put_back))
    return Answers(*codes)


async def _story(client: httpx2.AsyncClient, console: str, event: str) -> httpx2.Response:
    """The page of an event, once the index has it."""
    while True:
        found = await client.get(f"{console}/story", params={"q": event})
        if f"raw.food.{PUBLISHER.replace('/', '.')}" in found.text:
            return found
        await asyncio.sleep(0.1)


async def _put_back(client: httpx2.AsyncClient, console: str) -> httpx2.Response:
    """Put back the first dead letter that is shown."""
    page = (await client.get(f"{console}/dead-letters")).text
    fields = {"token": _first(_TOKEN, page), "letter": _first(_LETTER, page)}
    dry = (await client.post(f"{console}/dead-letters/dry-run", data=fields)).text
    fields["plan"] = _first(_PLAN, dry)
    return await client.post(f"{console}/dead-letters/put-back", data=fields)


def _first(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    assert found is not None, page
    return found[1]
