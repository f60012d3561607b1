"""Ports for servers that tests start: nobody else has one of them while this process runs.

A port that the kernel chooses is one that it may give to any connection while its server is not
there yet, or is killed. These lie below the kernel's own, and each is taken by one process.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import Final

_FIRST: Final = 10_000
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_KERNELS: Final = 32_768
"""Where the kernel's own begin when it does not say."""
_STEP: Final = 97
"""How far apart two processes that start together begin to look."""


def reserve(wanted: int) -> list[int]:
    """So many ports of the loopback that nobody listens on, kept until this process ends."""
    limit = int(_RANGE.read_text("ascii").split()[0]) if _RANGE.is_file() else _KERNELS
    room = limit - _FIRST
    numbers = (_FIRST + (os.getpid() * _STEP + each) % room for each in count())
    return list(islice((each for each in islice(numbers, room) if _taken(each)), wanted))


def _taken(port: int) -> bool:
    """Take a port, when nobody else has and nobody listens there."""
    with closing(socket.socket()) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        if sys.platform != "linux":
            return True
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0tracehub-port-{port}")
        except OSError:
            name.close()
            return False
        name.detach()  # the name is ours until the process ends
        return True
