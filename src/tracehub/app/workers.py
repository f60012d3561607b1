"""Workers: several processes of one service on one machine, and one place to ask about them.

Kafka's group spreads the partitions; the processes know nothing of each other. A worker that dies
is replaced. Each serves its health and metrics on a socket of its own, from which this process
makes one answer. Must not know what a worker does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tracehub.app.edges import Edges
from tracehub.errors import ConfigError
from tracehub.telemetry.merge import merged

_WRONG: Final = 2
"""How a worker ends that needs an operator."""
_GRACE_S: Final = 2.0
_ASK_S: Final = 2.0
_FIRST_WAIT_S: Final = 0.2
_LONGEST_WAIT_S: Final = 10.0
_WELL_S: Final = 60.0
"""A worker that has lived so long is replaced at once."""


@dataclass(slots=True)
class Sibling:
    """One process, or the next one in its place.

    Attributes:
        number: from 0.
        socket: where it answers about itself.
        process: None while it is being replaced.
    """

    number: int
    socket: Path
    process: asyncio.subprocess.Process | None = None


@dataclass(slots=True)
class Workers:
    """The workers of this process.

    Attributes:
        arguments: of `tracehub`, without what makes it a worker.
        folder: for their sockets; private to this process.
    """

    arguments: Sequence[str]
    folder: Path
    count: int
    edges: Edges
    drain_s: float
    all: tuple[Sibling, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.all = tuple(
            Sibling(number, self.folder / f"{number}.sock") for number in range(self.count)
        )

    async def run(self) -> None:
        """Keep all of them running until `edges.stopping` is set, then let them finish.

        Raises:
            ConfigError: one of them needs an operator; the others were stopped.
        """
        async with asyncio.TaskGroup() as group:
            for sibling in self.all:
                group.create_task(self._keep(sibling))

    async def _keep(self, sibling: Sibling) -> None:
        deaths = 0
        while not self.edges.stopping.is_set():
            begun_s = self.edges.clock.monotonic_s()
            code = await self._live(sibling)
            if self.edges.stopping.is_set():
                return
            if code == _WRONG:
                self.edges.stopping.set()
                raise ConfigError(f"worker {sibling.number} can't work; it has said why")
            lived_s = self.edges.clock.monotonic_s() - begun_s
            deaths = 0 if lived_s > _WELL_S else deaths + 1
            self.edges.metrics.worker_deaths.inc()
            self.edges.log.error("worker_died", number=sibling.number, code=code, lived_s=lived_s)
            if deaths > 1:
                wait_s = self.edges.backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)(deaths)
                await _first(self.edges.clock.sleep(wait_s), self.edges.stopping.wait())

    async def _live(self, sibling: Sibling) -> int:
        """One process from start to end; its exit code."""
        sibling.socket.unlink(missing_ok=True)
        process = sibling.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tracehub", *self.arguments, "--worker-socket", str(sibling.socket)),
            stdin=asyncio.subprocess.PIPE,  # its end tells the worker that this process is gone
        )
        self.edges.log.info("worker_started", number=sibling.number, pid=process.pid)
        ended = asyncio.create_task(process.wait())
        try:
            await _first(asyncio.shield(ended), self.edges.stopping.wait())
            if not ended.done():
                process.terminate()
                await asyncio.wait({ended}, timeout=self.drain_s + _GRACE_S)
        finally:
            sibling.process = None
            if not ended.done():
                process.kill()
        return await ended

    def application(self) -> Starlette:
        """Health and metrics of all workers as of one process."""

        async def livez(_request: Request) -> Response:
            return _answer(await self._asked("/livez"))

        async def readyz(_request: Request) -> Response:
            return _answer(await self._asked("/readyz"))

        async def exposition(_request: Request) -> Response:
            self.edges.metrics.workers.set(sum(each.process is not None for each in self.all))
            answers = await self._asked("/metrics")
            texts = {each: answer.text for each, answer in answers.items() if answer is not None}
            own = self.edges.metrics.exposition().decode()
            return Response(merged({"": own, **texts}), media_type="text/plain; version=0.0.4")

        paths = {"/livez": livez, "/readyz": readyz, "/metrics": exposition}
        return Starlette(routes=[Route(path, answer) for path, answer in paths.items()])

    async def _asked(self, path: str) -> Mapping[str, httpx2.Response | None]:
        """What each worker answers; None when it does not."""
        answers = await asyncio.gather(*(_ask(sibling, path) for sibling in self.all))
        return {str(each.number): answer for each, answer in zip(self.all, answers, strict=True)}


async def _ask(sibling: Sibling, path: str) -> httpx2.Response | None:
    transport = httpx2.AsyncHTTPTransport(uds=str(sibling.socket))
    async with httpx2.AsyncClient(transport=transport, timeout=_ASK_S, trust_env=False) as client:
        try:
            return await client.get(f"http://worker{path}")
        except httpx2.RequestError:
            return None


def _answer(answers: Mapping[str, httpx2.Response | None]) -> JSONResponse:
    """Good when every worker says so."""
    good = {name: answer is not None and answer.is_success for name, answer in answers.items()}
    return JSONResponse({"workers": good}, status_code=200 if all(good.values()) else 503)


async def _first(*waits: Awaitable[object]) -> None:
    """Wait until one of these is done; the others are cancelled."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
