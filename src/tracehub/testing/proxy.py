"""Proxy: a TCP link that can be made slow, stalled, one-way, half-open or cut.

It never changes the order of bytes and never loses one in the middle of a stream, which TCP can't
either: what a fault swallows belongs to connections that stay dead. Must not know what is sent.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

Mode = Literal["open", "slow", "stall", "one-way", "half-open", "cut"]
_LOOPBACK: Final = "127.0.0.1"
_LOOK_S: Final = 0.01
_CHUNK: Final = 64 * 1024
_RESET: Final = struct.pack("ii", 1, 0)


class Link(NamedTuple):
    """How a link behaves.

    Modes: `slow` delays every chunk by `latency_s` and up to `jitter_s` more, and lets through
    `bytes_per_s`; `stall` lets no byte through in either direction, `one-way` none towards the
    client: they arrive once it is over; `half-open` swallows all bytes and tells neither side, on
    these connections for ever; `cut` resets connections, and new ones while it lasts.
    """

    mode: Mode = "open"
    latency_s: float = 0.05
    jitter_s: float = 0.05
    bytes_per_s: float = 2_000_000


OPEN: Final = Link()


@dataclass(slots=True, eq=False)
class _Pair:
    """One connection: the client's side and the server's."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    dead: bool = False

    def reset(self) -> None:
        for writer in filter(None, (self.client, self.server)):
            if writer.is_closing():
                continue
            with suppress(OSError):
                _socket(writer).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


@dataclass(slots=True)
class Proxy:
    """One listening port in front of one server; `seed` decides the jitter."""

    target: tuple[str, int]
    seed: int = 0
    port: int = 0
    connections: int = 0
    _link: Link = OPEN
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _pairs: set[_Pair] = field(default_factory=set)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - a test's chance

    def set(self, link: Link) -> None:
        """Behave so from now on, on what is connected and on what will be."""
        self._link = link
        self._changed.set()
        self._changed = asyncio.Event()
        if link.mode == "cut":
            self.reset()
        elif link.mode == "half-open":
            for pair in self._pairs:
                pair.dead = True

    def reset(self) -> None:
        """Reset every connection."""
        for pair in tuple(self._pairs):
            pair.reset()

    async def close(self) -> None:
        """Let go of every connection; the listening port is the caller's."""
        self.set(OPEN)
        while self._pairs:
            self.reset()
            await asyncio.sleep(_LOOK_S)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until either side ends."""
        pair = _Pair(writer, dead=self._link.mode == "half-open")
        self.connections += 1
        self._pairs.add(pair)
        try:
            if self._link.mode == "cut":
                return
            with suppress(OSError):
                await self._serve(pair, reader)
        finally:
            self._pairs.discard(pair)
            pair.reset()

    async def _serve(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        back, pair.server = await asyncio.open_connection(*self.target)
        up = asyncio.create_task(self._carry(pair, reader, pair.server, "up"))
        down = asyncio.create_task(self._carry(pair, back, pair.client, "down"))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if pair.dead and down.done():
                await up
        finally:
            for each in (up, down):
                each.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _carry(
        self,
        pair: _Pair,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        direction: Literal["up", "down"],
    ) -> None:
        while data := await reader.read(_CHUNK):
            await self._hold(len(data), direction)
            if not pair.dead:
                writer.write(data)
                await writer.drain()

    async def _hold(self, size: int, direction: Literal["up", "down"]) -> None:
        """Keep bytes for as long as the link wants."""
        while self._link.mode == "stall" or (self._link.mode, direction) == ("one-way", "down"):
            await self._changed.wait()
        if self._link.mode == "slow":
            link = self._link
            delay_s = link.latency_s + self._chance.uniform(0, link.jitter_s)
            await asyncio.sleep(delay_s + size / link.bytes_per_s)


@asynccontextmanager
async def proxied(target: tuple[str, int], port: int = 0, seed: int = 0) -> AsyncIterator[Proxy]:
    """A proxy in front of `target` while the block runs; port 0 is any free one."""
    proxy = Proxy(target, seed)
    server = await asyncio.start_server(proxy.accept, _LOOPBACK, port)
    proxy.port = int(server.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()


@asynccontextmanager
async def proxied_all(ways: Iterable[tuple[int, int]], seed: int) -> AsyncIterator[list[Proxy]]:
    """A proxy on the second port in front of the first, for each pair, while the block runs."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(proxied((_LOOPBACK, server), port, seed + number))
            for number, (server, port) in enumerate(ways)
        ]


@asynccontextmanager
async def in_front(
    urls: Mapping[str, str], proxies: dict[str, Proxy]
) -> AsyncIterator[Mapping[str, str]]:
    """A proxy in front of each address while the block runs; yields theirs, fills `proxies`."""
    async with AsyncExitStack() as stack:
        told = {}
        for seed, (name, url) in enumerate(urls.items()):
            port = urlsplit(url).port or 80
            proxies[name] = await stack.enter_async_context(proxied((_LOOPBACK, port), seed=seed))
            told[name] = f"http://{_LOOPBACK}:{proxies[name].port}"
        yield told


def _socket(writer: asyncio.StreamWriter) -> socket.socket:
    found: socket.socket = writer.get_extra_info("socket")
    return found
