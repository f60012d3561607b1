"""Cut: a TCP relay that lets a request through and keeps its answer.

What a crash between effect and acknowledgement looks like from the outside. Must not know any
protocol: it waits for bytes of the request and cuts once the server has answered them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_BLOCK = 64 * 1024


@dataclass(slots=True)
class Cut:
    """A relay to a port of the loopback.

    Attributes:
        port: where it listens.
        cuts: how many answers it kept.
    """

    target: int
    port: int = 0
    cuts: int = 0
    _needle: bytes = b""
    _ends: list[tuple[asyncio.StreamWriter, asyncio.Event]] = field(default_factory=list)

    def after(self, needle: bytes) -> None:
        """Cut once, at the first answer after these bytes were sent."""
        self._needle = needle

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        ended = asyncio.Event()
        self._ends.append((writer, ended))
        try:
            away_reader, away_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._ends.append((away_writer, ended))
            seen = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._out(reader, away_writer, seen))
                group.create_task(self._back(away_reader, writer, seen))
        finally:
            ended.set()

    async def _out(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: asyncio.Event
    ) -> None:
        tail = b""
        with suppress(OSError):
            while block := await reader.read(_BLOCK):
                tail = (tail + block)[-2 * _BLOCK :]
                if self._needle and self._needle in tail:
                    self._needle = b""
                    seen.set()
                writer.write(block)
                await writer.drain()
        await _closed(writer)

    async def _back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while block := await reader.read(_BLOCK):
                if seen.is_set():
                    self.cuts += 1
                    break
                writer.write(block)
                await writer.drain()
        await _closed(writer)

    async def close(self) -> None:
        """End every connection."""
        for writer, _ in self._ends:
            await _closed(writer)
        for _, ended in self._ends:
            await ended.wait()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def cutting(target: int) -> AsyncIterator[Cut]:
    """A relay while the block runs."""
    cut = Cut(target)
    server = await asyncio.start_server(cut.relay, "127.0.0.1", 0)
    cut.port = int(server.sockets[0].getsockname()[1])
    try:
        yield cut
    finally:
        server.close()
        await cut.close()
