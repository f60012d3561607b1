"""What is no proper HTTP, too large or too slow, over a real socket: refused as a problem."""

from __future__ import annotations

import asyncio
import json
import select
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import pytest

from tests.unit.gateway.conftest import KEYS, Gateway
from tracehub.gateway import asking, protocol
from tracehub.gateway.protocol import MOST_HEAD, GatewayProtocol
from tracehub.telemetry.health import serving

POST = b"POST /capture HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
KEY = f"X-API-Key: {KEYS['market']}\r\n".encode()
SMALL = b"5\r\n12345\r\n0\r\n\r\n"


@dataclass
class Told:
    """What came back before the other side closed, or nothing more came."""

    value: bytes

    @property
    def status(self) -> int:
        return int(self.value.split(b" ", 2)[1])

    @property
    def problem(self) -> dict[str, Any]:
        head, _, body = self.value.partition(b"\r\n\r\n")
        assert b"content-type: application/problem+json" in head.lower(), head
        found: dict[str, Any] = json.loads(body)
        return found


@pytest.fixture
async def port(gateway: Gateway) -> AsyncIterator[int]:
    """The gateway's, served as it is by `tracehub run gateway`."""
    app = cast("httpx2.ASGITransport", gateway.client._transport).app
    options = {"http": GatewayProtocol, "ws": "none", "server_header": False}
    async with serving(app, "127.0.0.1", 0, **options) as found:
        yield found


async def ask(port: int, parts: Iterable[bytes], pause_s: float = 0.0) -> Told:
    """Send part by part until there is an answer, and read until the other side closes."""
    return await asyncio.to_thread(_ask, port, parts, pause_s)


def _ask(port: int, parts: Iterable[bytes], pause_s: float) -> Told:
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        with suppress(ConnectionError):  # whoever goes on sending after the answer is cut off
            for part in parts:
                if select.select([line], [], [], pause_s)[0]:
                    break
                line.sendall(part)
        with suppress(ConnectionError):
            while part := line.recv(65536):
                found += part
    return Told(found)


@pytest.mark.parametrize(
    "request_",
    [
        POST + KEY + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + SMALL,
        POST + KEY + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
        POST + KEY + b"Content-Length: -5\r\n\r\n12345",
        POST + KEY + b"Content-Length: +5\r\n\r\n12345",
        POST + KEY + b"Content-Length: 99999999999999999999999\r\n\r\n12345",
        POST + KEY + b"Transfer-Encoding: chunked, identity\r\n\r\n" + SMALL,
        POST + KEY + b"Transfer-Encoding : chunked\r\n\r\n" + SMALL,
        POST + KEY + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n12345",
        POST + KEY + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n12345",
        POST + KEY + b"X: a\0b\r\n\r\n",
        POST + KEY + b"X: a\rb\r\n\r\n",
        b"POST /capture HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\xff HTTP/1.1\r\nHost: hub\r\n\r\n",
    ],
)
async def test_request_when_it_could_be_read_in_two_ways_is_refused(
    port: int, gateway: Gateway, request_: bytes
) -> None:
    told = await ask(port, [request_])
    assert (told.status, told.problem["type"]) == (400, "urn:tracehub:problem:http")
    assert await gateway.raw("raw.food.third-party.market") == []


def endless(begin: bytes, part: bytes) -> Iterator[bytes]:
    yield begin
    while True:
        yield part


@pytest.mark.parametrize("part", [b"X-One-More: 1\r\n" * 100, b"x" * 2000])
async def test_head_when_it_does_not_end_is_refused(port: int, part: bytes) -> None:
    sent = 0

    def counted() -> Iterator[bytes]:
        nonlocal sent
        for each in endless(POST + b"X-First: ", part):
            sent += len(each)
            yield each

    told = await ask(port, counted())
    assert (told.status, told.problem["status"]) == (431, 431)
    assert sent < MOST_HEAD + 4_000_000


async def test_body_when_chunked_over_the_limit_is_refused_before_its_end(port: int) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    begin = POST + KEY + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    told = await ask(port, endless(begin, chunk))
    assert (told.status, told.problem["status"]) == (413, 413)


async def test_caller_when_slow_is_answered_and_let_go(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.2)
    told = await ask(port, endless(POST, b"X: 1\r\n"), 0.05)
    assert (told.status, told.problem["status"]) == (408, 408)
    assert (await ask(port, [])).value == b""


async def test_body_when_nobody_reads_it_is_not_waited_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST + b"Content-Length: 100000\r\n\r\n ")
    assert b" 401 " in await reader.readline()
    answered = asyncio.create_task(reader.read())
    drops = 0
    with suppress(ConnectionError):
        while not answered.done() and drops < 200:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)
            drops += 1
    writer.close()
    answered.cancel()
    assert drops < 200, "it is read for as long as it drips"


async def test_body_when_slow_is_answered(
    port: int, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking.body, "__defaults__", (None, 0.2))
    begin = POST + KEY + b"Connection: close\r\nContent-Length: 100000\r\n\r\n"
    told = await ask(port, endless(begin, b" "), 0.05)
    assert (told.status, told.problem["status"]) == (408, 408)
    assert gateway.office.room._all == 0


async def test_multipart_when_sent_is_not_read(port: int) -> None:
    begin = POST.replace(b"application/json", b"multipart/form-data; boundary=" + b"-" * 5000)
    told = await ask(port, [begin + KEY + b"Connection: close\r\nContent-Length: 1\r\n\r\n1"])
    assert (told.status, told.problem["status"]) == (415, 415)


async def test_path_when_it_holds_line_ends_makes_no_header(port: int) -> None:
    path = b"/events/x%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a"
    begin = b"GET " + path + b" HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
    told = await ask(port, [begin + KEY + b"\r\n"])
    assert (told.status, told.problem["status"]) == (404, 404)
    assert b"set-cookie" not in told.value.lower()


async def test_connection_when_kept_takes_one_request_after_the_other(
    port: int, gateway: Gateway, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.3)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for number in range(4):
            document["epcisBody"]["eventList"][0]["eventID"] = f"urn:x:{number}"
            answer = await client.post("/capture", json=document, headers=gateway.auth("market"))
            assert answer.status_code == 202
            await asyncio.sleep(0.15)
