"""A worker ends when the process that looks after it has gone. Must not know what it does."""

from __future__ import annotations

import asyncio
import sys


async def orphaned(stopping: asyncio.Event) -> None:
    """Set `stopping` when the process that started this worker is gone: its pipe ends."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    stopping.set()
