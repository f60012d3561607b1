"""A process that is measured: the CPU time and memory of it and of all its children.

Must not know what the process does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tracehub.testing.memory import peak_mib

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_END_S: Final = 25.0


class Measured:
    """A running process with its children."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self.peak_mib = 0.0

    @property
    def pid(self) -> int:
        """Of the process itself."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """It has ended by itself."""
        return self._process.poll() is not None

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return self._log.read_text("utf-8", "replace")[-600:]

    def cpu_s(self) -> float:
        """User and system time so far."""
        return sum(cpu_s(pid) for pid in family(self.pid))

    def rss_mib(self) -> float:
        """The most that any one of the processes has held so far."""
        for pid in family(self.pid):
            with suppress(OSError, IndexError):
                self.peak_mib = max(self.peak_mib, peak_mib(pid))
        return self.peak_mib

    def end(self) -> None:
        """SIGTERM, and wait; SIGKILL when it takes too long."""
        self.rss_mib()
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def running(command: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[Measured]:
    """A process while the block runs, in a session of its own, with its output in `log`."""
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    measured = Measured(process, log)
    try:
        yield measured
    finally:
        if not measured.ended:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def family(pid: int) -> list[int]:
    """A process and all that it started and that live."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                found += family(int(child))
    return found


def cpu_s(pid: int) -> float:
    """User and system time of one process; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def until(reached: object, *, seconds: float, look_s: float = 0.02) -> bool:
    """Call `reached` until it is true; False when that takes too long."""
    assert callable(reached)
    limit = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > limit:
            return False
        time.sleep(look_s)
    return True
