"""Brokers for tests: both ways of starting one work, and nothing outlives a test run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import LeaveOut
from tests.kafka.test_kafka_bus import one_node
from tracehub.bus.port import TopicSpec
from tracehub.model.record import Record
from tracehub.testing.bus_contract import unique
from tracehub.testing.kafka import Cluster, UnavailableError, cluster, container, find_kafka
from tracehub.testing.kafka_archive import make
from tracehub.testing.kafka_jars import jars
from tracehub.testing.kafka_node import archive


async def _round_trip(server: str) -> None:
    async with one_node((server,)) as bus:
        topic = unique("smoke")
        await bus.ensure([TopicSpec(topic, 1)])
        await bus.publish([Record(topic, b"k", b"v")])
        (found,) = await bus.read(topic, 0, 0, 10)
        assert (found.key, found.value) == (b"k", b"v")


async def test_container_when_started_serves_the_bus(leave_out: LeaveOut) -> None:
    try:
        with container() as server:
            await _round_trip(server)
    except UnavailableError as error:
        leave_out(f"Docker: {error}")


def test_node_when_kafkas_classes_are_laid_out_takes_them(own_broker: Cluster) -> None:
    make()
    laid_out = str(archive(jars()))
    with cluster() as running:
        assert laid_out in Path(f"/proc/{running.pids[0]}/maps").read_text("utf-8")


async def test_processes_when_started_serve_the_bus(own_broker: Cluster) -> None:
    await _round_trip(own_broker.servers[0])


def test_find_kafka_when_a_server_is_named_takes_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEHUB_TEST_KAFKA", "one:9092,two:9092")
    with find_kafka() as found:
        assert found.servers == ("one:9092", "two:9092")


def test_find_kafka_when_there_is_no_way_says_why_for_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TRACEHUB_TEST_KAFKA", raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"no Docker daemon answers.*no java on the PATH"):
        find_kafka().__enter__()


def test_cluster_when_its_owner_is_killed_leaves_nothing_behind(own_broker: Cluster) -> None:
    command = [sys.executable, "-m", "tracehub.testing.kafka"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline().rsplit(":", 1)[1])
        before = _listening(port)
        owner.kill()
    assert before
    while _listening(port):
        time.sleep(0.1)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_cluster_in_the_foreground_when_interrupted_stops_orderly(
    wish: signal.Signals, own_broker: Cluster
) -> None:
    command = [sys.executable, "-m", "tracehub.testing.kafka", "--nodes", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert "bootstrap servers: 127.0.0.1:" in owner.stdout.readline()
        os.kill(owner.pid, wish)
        rest = owner.stdout.read()
    assert owner.returncode == 0
    assert rest.endswith("stopped\n")


def _listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False
