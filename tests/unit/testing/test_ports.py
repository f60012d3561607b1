"""A port that was reserved is nobody else's until the process ends."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tracehub.testing import ports

ASK = "from tracehub.testing.ports import reserve; print(*reserve(50))"


def test_ports_when_reserved_are_free_and_none_that_the_kernel_gives_out() -> None:
    found = ports.reserve(20)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        kernels = probe.getsockname()[1]
    assert len({*found, *ports.reserve(20)}) == 40
    assert max(found) < kernels
    for each in found:
        with socket.socket() as server:
            server.bind(("127.0.0.1", each))


def test_ports_when_another_process_has_them_or_somebody_listens_are_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = [sys.executable, "-c", f"{ASK}; input()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = {int(each) for each in other.stdout.readline().split()}
        monkeypatch.setattr("os.getpid", lambda: other.pid)
        with socket.socket() as server:
            server.bind(("127.0.0.1", max(theirs) + 1))
            ours = ports.reserve(1)
        other.communicate("\n")
    assert not theirs & {*ours}
    assert ours != [max(theirs) + 1]
