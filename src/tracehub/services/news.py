"""News: what a loop waits for, told by whoever has it; one event in place of a task for each.

Must not know what has happened: the loop looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class News:
    """Something has happened since it was last asked for, or will."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def tell(self, _ended: object = None) -> None:
        """Something has happened."""
        self._told.set()

    async def wait(self) -> None:
        """Until something has happened since the last call."""
        await self._told.wait()
        self._told.clear()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task whose end is news."""
        task = asyncio.create_task(work)
        task.add_done_callback(self.tell)
        return task

    def end(self, task: asyncio.Task[None] | None) -> None:
        """Cancel a task whose end is no news any more."""
        if task is not None:
            task.remove_done_callback(self.tell)
            task.cancel()
