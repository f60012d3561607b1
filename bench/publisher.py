"""A publisher over HTTP: documents on open connections, in a hurry or at a steady rate.

Must not know who measures it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_CONNECTIONS: Final = 16
_MOST: Final = 256


class Publisher:
    """Sends documents to one path of one server and wants every one accepted.

    Args:
        port: on this machine.
        path: where documents go.
        headers: of every request.
    """

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self._port = port
        lines = [f"POST {path} HTTP/1.1", "host: bench"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._head = "\r\n".join(lines).encode() + b"\r\ncontent-length: %d\r\n\r\n"

    async def hurry(self, documents: Sequence[bytes]) -> float:
        """Send all, each connection its next as soon as it has its answer; seconds it took."""
        begun = time.perf_counter()
        left = iter(documents)

        async def one() -> None:
            async with self._connected() as streams:
                for document in left:
                    await self._send(streams, document)

        await asyncio.gather(*(one() for _ in range(_CONNECTIONS)))
        return time.perf_counter() - begun

    async def pace(self, documents: Sequence[bytes], rate: float) -> list[float]:
        """Send all at a steady rate, whatever is answered when.

        Returns:
            Seconds from the instant at which each was due to its answer, so that whoever had to
            wait behind a slow one counts too.
        """
        took: list[float] = []
        idle: asyncio.LifoQueue[Streams] = asyncio.LifoQueue()
        opened: list[Streams] = []
        begun = time.perf_counter()

        async def one(number: int, document: bytes) -> None:
            if idle.empty() and len(opened) < _MOST:
                opened.append(await asyncio.open_connection("127.0.0.1", self._port))
                idle.put_nowait(opened[-1])
            streams = await idle.get()
            await self._send(streams, document)
            took.append(time.perf_counter() - begun - number / rate)
            idle.put_nowait(streams)

        async with asyncio.TaskGroup() as group:
            for number, document in enumerate(documents):
                await asyncio.sleep(begun + number / rate - time.perf_counter())
                group.create_task(one(number, document))
        for _, writer in opened:
            writer.close()
        return took

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Streams]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def _send(self, streams: Streams, document: bytes) -> None:
        reader, writer = streams
        writer.write(self._head % len(document) + document)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 202 "), head
        assert b"\r\ncontent-length: 0\r\n" in head.lower(), head
