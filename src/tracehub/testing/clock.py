"""ManualClock: time that passes only when a test says so."""

from __future__ import annotations

import asyncio
from typing import Final

START_MS: Final = 1_790_000_000_000
_TURNS: Final = 20


class ManualClock:
    """A `Clock` whose sleepers wake when `advance()` reaches them.

    `slept_s` lists every wait that was asked for.
    """

    def __init__(self, start_ms: int = START_MS) -> None:
        self._start_ms = start_ms
        self._now_s = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self.slept_s: list[float] = []

    def now_ms(self) -> int:
        """The start and all that was advanced since, in milliseconds."""
        return self._start_ms + round(self._now_s * 1000)

    def monotonic_s(self) -> float:
        """All that was advanced since the start."""
        return self._now_s

    async def sleep(self, delay_s: float) -> None:
        """Wait until time has been advanced by so much."""
        self.slept_s.append(delay_s)
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now_s + delay_s, wake))
        await wake

    async def advance(self, delta_s: float) -> None:
        """Let time pass; sleepers wake in the order of their instants and run before the next."""
        await _settle()
        until_s = self._now_s + delta_s
        while due := [each for each in self._sleepers if each[0] <= until_s]:
            first = min(due, key=lambda each: each[0])
            self._sleepers.remove(first)
            self._now_s = max(self._now_s, first[0])
            if not first[1].done():
                first[1].set_result(None)
            await _settle()
        self._now_s = until_s
        await _settle()


async def _settle() -> None:
    """Give every other task a few turns."""
    loop = asyncio.get_running_loop()
    for _ in range(_TURNS):
        turn: asyncio.Future[None] = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn
