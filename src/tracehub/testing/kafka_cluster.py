"""A Kafka cluster of processes on this machine, whose nodes can be killed, paused and restarted.

Nothing of it outlives the process that made it, however that one ends: a watcher reads from a pipe
until its end, then kills the nodes and removes their data. Must not know Kafka's protocol.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tracehub.clock import SystemClock
from tracehub.testing.kafka_jars import UnavailableError, jars
from tracehub.testing.kafka_node import (
    FORMAT,
    JAVA,
    LOGGING,
    SERVER,
    Way,
    archive,
    cluster_id,
    free_ports,
    properties,
)

_START_S: Final = 180.0
_STOP_S: Final = 20.0
_LOOK_S: Final = 0.05
_STOPPED_S: Final = 5.0
_WATCHER: Final = """
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -KILL $pids
sleep 0.2
rm -rf "$1"
"""


class Cluster:
    """KRaft nodes with combined roles. All methods return when what they say is so."""

    def __init__(
        self,
        nodes: int = 1,
        *,
        extra: Sequence[str] = (),
        formatted: Sequence[str] = (),
        ways: int = 0,
        java: Sequence[str] = JAVA,
    ) -> None:
        """Prepare the nodes.

        Args:
            nodes: how many.
            extra: lines for every `server.properties`.
            formatted: further words for the tool that formats a node's storage.
            ways: further listeners of every node; clients are told to come through proxies.
            java: the words that start Java.

        Raises:
            UnavailableError: Kafka can't be had here.
        """
        self._libs = jars()
        self._words = java
        self._formatted = formatted
        self._directory = Path(tempfile.mkdtemp(prefix="tracehub-kafka-"))
        self._ports = free_ports(nodes, ways)
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._watcher = subprocess.Popen(  # noqa: S603 - our own script
            ["/bin/sh", "-c", _WATCHER, "watcher", str(self._directory)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        for node in self.nodes:
            folder = self._folder(node)
            folder.mkdir()
            text = properties(node, self._ports, str(folder / "data"), extra)
            (folder / "server.properties").write_text(text, "utf-8")
            (folder / "log4j2.properties").write_text(LOGGING, "utf-8")

    @property
    def nodes(self) -> range:
        """Node numbers, from 0."""
        return range(len(self._ports))

    @property
    def servers(self) -> tuple[str, ...]:
        """Bootstrap servers."""
        return tuple(f"127.0.0.1:{each.client}" for each in self._ports)

    def way(self, number: int) -> tuple[Way, ...]:
        """A further way to the nodes: of each, its listener and the port where a proxy must be."""
        return tuple(each.ways[number] for each in self._ports)

    def controller(self) -> int | None:
        """The node that leads the quorum of controllers; None when none that runs says so."""
        claims = [self._claim(node) for node in self._running]
        epoch, leader = max(claims, default=(-1, -1))
        return leader if leader in self._running and epoch >= 0 else None

    @property
    def pids(self) -> tuple[int, ...]:
        """Processes of the nodes that run, in the order of their numbers."""
        return tuple(self._running[node].pid for node in sorted(self._running))

    def start(self) -> None:
        """Format and start every node.

        Raises:
            UnavailableError: a node ends or does not answer; the text holds the end of its log.
        """
        same = cluster_id()
        words = ("format", "-t", same, *self._formatted, "-c")
        formatting = [self._java(node, FORMAT, *words) for node in self.nodes]
        for node, process in zip(self.nodes, formatting, strict=True):
            if process.wait(_START_S):
                raise self._failure(node)
        for node in self.nodes:
            self._launch(node)
        for node in self.nodes:
            self._await_answer(node)

    def stop(self, node: int) -> None:
        """SIGTERM: an orderly end."""
        process = self._running.pop(node)
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._tell_watcher()

    def kill(self, node: int) -> None:
        """SIGKILL: as if the power of one machine had failed, but for its page cache."""
        process = self._running.pop(node)
        process.kill()
        process.wait()
        self._tell_watcher()

    def pause(self, node: int) -> None:
        """SIGSTOP, until every thread has stopped: it keeps its connections and answers nobody."""
        process = self._running[node]
        process.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + _STOPPED_S
        while not _stopped(process.pid) and time.monotonic() < deadline:
            time.sleep(0.001)

    def resume(self, node: int) -> None:
        """SIGCONT."""
        self._running[node].send_signal(signal.SIGCONT)

    def restart(self, *nodes: int) -> None:
        """Start nodes at once on the data and ports they had; stop first what runs."""
        for node in nodes:
            if node in self._running:
                self.stop(node)
            self._launch(node)
        for node in nodes:
            self._await_answer(node)

    def close(self) -> None:
        """Kill what runs and remove all data."""
        for node in tuple(self._running):
            self.kill(node)
        if self._watcher.stdin is not None:
            self._watcher.stdin.close()
        self._watcher.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def log(self, node: int) -> str:
        """What the node has written to its log."""
        return (self._folder(node) / "log").read_text("utf-8", "replace")

    def _claim(self, node: int) -> tuple[int, int]:
        """The newest epoch that a node has written down, and its leader."""
        path = self._folder(node) / "data/__cluster_metadata-0/quorum-state"
        try:
            state = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return -1, -1
        return int(state["leaderEpoch"]), int(state["leaderId"])

    def _launch(self, node: int) -> None:
        self._running[node] = self._java(node, SERVER)
        self._tell_watcher()

    def _java(self, node: int, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        folder = self._folder(node)
        logging = f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"
        laid_out = archive(self._libs)
        shared = [f"-XX:SharedArchiveFile={laid_out}"] if laid_out.is_file() else []
        command = [*self._words, *shared, logging, "-cp", f"{self._libs}/*", main, *arguments]
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - fixed words, no shell
                [*command, str(folder / "server.properties")],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _await_answer(self, node: int) -> None:
        clock = SystemClock()
        deadline_s = clock.monotonic_s() + _START_S
        place = ("127.0.0.1", self._ports[node].client)
        while clock.monotonic_s() < deadline_s:
            with suppress(OSError), socket.create_connection(place, 1):
                return
            with suppress(subprocess.TimeoutExpired):
                self._running[node].wait(_LOOK_S)
                break
        raise self._failure(node)

    def _failure(self, node: int) -> UnavailableError:
        return UnavailableError(f"Kafka node {node} does not start: {self.log(node)[-800:]}")

    def _tell_watcher(self) -> None:
        pids = " ".join(str(process.pid) for process in self._running.values())
        if self._watcher.stdin is not None:
            self._watcher.stdin.write(f"{pids}\n".encode())
            self._watcher.stdin.flush()

    def _folder(self, node: int) -> Path:
        return self._directory / f"node-{node}"


@contextmanager
def cluster(
    nodes: int = 1,
    *,
    extra: Sequence[str] = (),
    formatted: Sequence[str] = (),
    ways: int = 0,
    java: Sequence[str] = JAVA,
) -> Iterator[Cluster]:
    """A running cluster while the block runs; its data is gone afterwards.

    Raises:
        UnavailableError: Kafka can't be had or started here.
    """
    made = Cluster(nodes, extra=extra, formatted=formatted, ways=ways, java=java)
    try:
        made.start()
        yield made
    finally:
        made.close()


def _stopped(pid: int) -> bool:
    """Every thread of a process stands still, or it is gone."""
    states = []
    for task in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            states.append(task.read_text("ascii", "replace").rpartition(")")[2].split()[0])
    return set(states) <= {"T"}
