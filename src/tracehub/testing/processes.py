"""Services of one hub as processes that are killed, paused, ended and started again.

Must not know why.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from tracehub.testing.memory import peak_mib

HUB: Final = ("-m", "tracehub", "run")
"""What Python is given to run a service."""
END_S: Final = 30.0
_SUPERVISED_S: Final = 0.5


class Ending(NamedTuple):
    """How a process ended that was asked to, and after how many seconds.

    `code` is 0, or -15 when the signal came before the service had begun.
    """

    code: int
    after_s: float


class Member:
    """One process; `start()` again after it ended, however that was."""

    def __init__(
        self,
        settings_file: Path,
        service: str,
        log: Path,
        program: tuple[str, ...] = HUB,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.service = service
        self._program = program
        self._environment = environment
        self.peak_mib = 0.0
        self._settings_file = settings_file
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._wanted = False

    @property
    def running(self) -> asyncio.subprocess.Process:
        """The process; it was started."""
        assert self._process is not None, f"{self.service} was never started"
        return self._process

    @property
    def alive(self) -> bool:
        """It was started and has not ended; it may be paused."""
        return self._process is not None and self._process.returncode is None

    @property
    def fell(self) -> bool:
        """It ended though nobody wanted it to."""
        return self._wanted and self.running.returncode is not None

    async def start(self) -> None:
        """Start it, with its output appended to its log file."""
        command = (*self._program, self.service, "-c", str(self._settings_file))
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
            )
        self._wanted = True

    async def kill(self) -> None:
        """SIGKILL."""
        self.measure()
        self._wanted = False
        with suppress(ProcessLookupError):
            self.running.kill()
        await self.running.wait()

    def pause(self) -> None:
        """SIGSTOP."""
        self.running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        with suppress(ProcessLookupError):
            self.running.send_signal(signal.SIGCONT)

    async def end(self) -> Ending:
        """SIGTERM, and wait until it has ended."""
        self.measure()
        self._wanted = False
        begun = time.monotonic()
        self.running.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.running.wait(), END_S)
        return Ending(code, time.monotonic() - begun)

    def twin(self) -> Member:
        """A further process of the same service."""
        return Member(
            self._settings_file, self.service, self._log, self._program, self._environment
        )

    def last_words(self) -> str:
        """The last line of its log that has a word in it."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return next((line for line in reversed(lines) if any(map(str.isalpha, line))), "")

    def measure(self) -> float:
        """The most memory it has held so far (VmHWM), MiB, over all its lives."""
        with suppress(OSError, IndexError):
            self.peak_mib = max(self.peak_mib, peak_mib(self.running.pid))
        return self.peak_mib


class Supervisor:
    """Starts again what falls, as a cluster's own supervisor would, and counts why."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.falls: Counter[str] = Counter()

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_SUPERVISED_S)
            for member in self.members:
                member.measure()
                if member.fell:
                    self.falls[f"{member.service}: {member.last_words()[-300:]}"] += 1
                    await member.start()


@asynccontextmanager
async def supervised(
    settings_file: Path,
    services: Sequence[str],
    program: tuple[str, ...] = HUB,
    environments: Sequence[Mapping[str, str]] = (),
) -> AsyncIterator[Supervisor]:
    """Run services, one process each, while the block runs; all are dead afterwards.

    Args:
        settings_file: of the hub.
        services: one process for each name.
        program: what Python is given.
        environments: what each process has besides this one's; empty means nothing.
    """
    supervisor = Supervisor()
    for number, service in enumerate(services):
        log = settings_file.parent / f"{service}-{number}.log"
        further = environments[number] if environments else {}
        supervisor.members.append(Member(settings_file, service, log, program, further))
    try:
        for member in supervisor.members:
            await member.start()
        watching = asyncio.create_task(supervisor.watch())
        try:
            yield supervisor
        finally:
            watching.cancel()
    finally:
        for member in supervisor.members:
            if member.alive:
                await member.kill()
