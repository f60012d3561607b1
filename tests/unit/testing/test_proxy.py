"""A proxy's link does to real sockets what its mode says, and heals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from tracehub.testing.proxy import OPEN, Link, Proxy, proxied

SILENT_S = 0.3


class Ends(NamedTuple):
    """A client, and what its server has heard of it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: bytearray

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def hears(self, count: int) -> bytes:
        async with asyncio.timeout(60):
            return await self.reader.readexactly(count)

    async def hears_nothing(self) -> bool:
        try:
            async with asyncio.timeout(SILENT_S):
                return not await self.reader.read(1)
        except TimeoutError:
            return True


class Echo:
    """A server that says everything back."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.ended = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while data := await reader.read(1 << 16):
                self.heard += data
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            self.ended.set()
            writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, int]]:
    served = Echo()
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    yield served, server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def proxy(echo: tuple[Echo, int]) -> AsyncIterator[Proxy]:
    async with proxied(("127.0.0.1", echo[1])) as made:
        yield made


@asynccontextmanager
async def connected(proxy: Proxy, echo: tuple[Echo, int]) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Ends(reader, writer, echo[0].heard)
    finally:
        writer.transport.abort()


async def test_link_when_open_carries_everything_both_ways(
    proxy: Proxy, echo: tuple[Echo, int]
) -> None:
    sent = bytes(range(256)) * 4000
    async with connected(proxy, echo) as ends:
        saying = asyncio.create_task(ends.say(sent))
        assert await ends.hears(len(sent)) == sent
        await saying
    async with asyncio.timeout(60):
        await echo[0].ended.wait()
    assert proxy.connections == 1


async def test_link_when_slow_delays_and_limits(proxy: Proxy, echo: tuple[Echo, int]) -> None:
    proxy.set(Link("slow", latency_s=0.1, jitter_s=0.0, bytes_per_s=1_000_000))
    async with connected(proxy, echo) as ends:
        begun = time.monotonic()
        await ends.say(b"x" * 100_000)
        await ends.hears(100_000)
        assert time.monotonic() - begun >= 0.2


async def test_link_when_stalled_holds_bytes_until_it_is_healed(
    proxy: Proxy, echo: tuple[Echo, int]
) -> None:
    async with connected(proxy, echo) as ends:
        await ends.say(b"before")
        await ends.hears(6)
        proxy.set(Link("stall"))
        await ends.say(b"during")
        assert await ends.hears_nothing()
        assert echo[0].heard == b"before"
        proxy.set(OPEN)
        assert await ends.hears(6) == b"during"


async def test_link_when_one_way_reaches_the_server_and_holds_its_answer(
    proxy: Proxy, echo: tuple[Echo, int]
) -> None:
    proxy.set(Link("one-way"))
    async with connected(proxy, echo) as ends:
        await ends.say(b"asked")
        assert await ends.hears_nothing()
        assert echo[0].heard == b"asked"
        proxy.set(OPEN)
        assert await ends.hears(5) == b"asked"


async def test_link_when_half_open_tells_nobody_and_stays_dead_after_healing(
    proxy: Proxy, echo: tuple[Echo, int]
) -> None:
    async with connected(proxy, echo) as ends:
        await ends.say(b"before")
        await ends.hears(6)
        proxy.set(Link("half-open"))
        await ends.say(b"lost")
        echo[0].writers[0].close()
        assert await ends.hears_nothing()
        assert not ends.reader.at_eof()
        proxy.set(OPEN)
        await ends.say(b"still lost")
        assert await ends.hears_nothing()
        async with connected(proxy, echo) as further:
            await further.say(b"anew")
            assert await further.hears(4) == b"anew"
    assert bytes(echo[0].heard) == b"beforeanew"


async def test_link_when_cut_resets_what_is_connected_and_what_connects(
    proxy: Proxy, echo: tuple[Echo, int]
) -> None:
    async with connected(proxy, echo) as ends:
        await ends.say(b"before")
        await ends.hears(6)
        proxy.set(Link("cut"))
        with pytest.raises(OSError, match="reset"):
            await ends.reader.read()
        async with connected(proxy, echo) as further:
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await further.hears(1)
        proxy.set(OPEN)
        async with connected(proxy, echo) as healed:
            await healed.say(b"after")
            assert await healed.hears(5) == b"after"


async def test_client_when_the_server_is_absent_is_turned_away() -> None:
    async with proxied(("127.0.0.1", 1)) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        async with asyncio.timeout(60):
            with pytest.raises(OSError, match="reset"):
                await reader.read()
        writer.close()


async def test_proxy_when_closed_in_the_middle_of_a_stall_lets_go(echo: tuple[Echo, int]) -> None:
    async with proxied(("127.0.0.1", echo[1])) as proxy:
        proxy.set(Link("stall"))
        async with connected(proxy, echo) as ends:
            await ends.say(b"held")
            while not proxy.connections:
                await asyncio.sleep(0.01)
            async with asyncio.timeout(60):
                await proxy.close()
                with pytest.raises(OSError, match="reset"):
                    await ends.reader.read()
