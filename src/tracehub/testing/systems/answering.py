"""Answering: how a simulated system's answer goes over the wire, well or badly."""

from __future__ import annotations

import gzip
from contextlib import suppress
from functools import cache
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tracehub.clock import Clock
from tracehub.connect.deadline import deadline
from tracehub.testing.systems.dialect import Answer
from tracehub.testing.systems.faults import Fault

_HUGE: Final = 10 * 1024 * 1024
_BOMB: Final = 64 * 1024 * 1024
_BLOCK: Final = 64 * 1024
_DRIP_S: Final = 0.02


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(_BOMB))


class FaultyResponse(Response):
    """An answer, damaged as a fault wants it."""

    def __init__(self, answer: Answer, fault: Fault, clock: Clock) -> None:
        headers = {"Content-Type": "application/json", **answer.headers}
        body = answer.body
        if fault.mode == "garble":
            body = b'{"results": [' + body[: len(body) // 2]
        elif fault.mode == "bomb":
            body, headers["Content-Encoding"] = _bomb(), "gzip"
        elif fault.mode == "compressed":
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        super().__init__(body, answer.status, headers)
        self._fault = fault
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a stalled one ends when the client gives up."""
        mode = self._fault.mode
        if mode in {"stall", "stall-after"}:
            await self._left(receive, self._fault.stall_s)
        elif mode == "hang-up":
            await self._half(send)
        elif mode == "huge":
            await self._huge(send)
        elif mode == "slow":
            await self._slow(receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _left(self, receive: Receive, limit_s: float) -> bool:
        """Wait; True as soon as the client has gone."""
        with suppress(TimeoutError):
            async with deadline(self._clock, limit_s):
                while (await receive())["type"] != "http.disconnect":
                    pass
                return True
        return False

    async def _half(self, send: Send) -> None:
        """Less than the length that was promised; the server then closes the connection."""
        await self._start(send, len(self.body))
        await self._part(send, bytes(self.body[: len(self.body) // 2]))

    async def _huge(self, send: Send) -> None:
        await self._start(send, _HUGE)
        for _ in range(_HUGE // _BLOCK):
            await self._part(send, b" " * _BLOCK)
        await send({"type": "http.response.body", "body": b""})

    async def _slow(self, receive: Receive, send: Send) -> None:
        drips = int(self._fault.stall_s / _DRIP_S)
        await self._start(send, drips)
        for _ in range(drips):
            await self._part(send, b" ")
            if await self._left(receive, _DRIP_S):
                return
        await send({"type": "http.response.body", "body": b""})

    async def _start(self, send: Send, length: int) -> None:
        headers = [each for each in self.raw_headers if each[0] != b"content-length"]
        headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})

    @staticmethod
    async def _part(send: Send, body: bytes) -> None:
        await send({"type": "http.response.body", "body": body, "more_body": True})
