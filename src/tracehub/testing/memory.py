"""Memory: the most that a process has held so far.

VmHWM of `/proc`, because it begins anew with a program; `ru_maxrss` is inherited from the parent.
"""

from __future__ import annotations

from pathlib import Path


def peak_mib(pid: int | str = "self") -> float:
    """The most that a process has held, in MiB.

    Raises:
        OSError: there is no such process.
        IndexError: it has ended and was not waited for, so that it holds nothing any more.
    """
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
