"""One Kafka broker in a container, by testcontainers.

Works with apache/kafka and with any image that has a shell, `java` and the jars in the same place;
on a Docker with a bridge network and on one that has only the host's. Must not know who asks.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import docker
from docker.errors import DockerException
from testcontainers.core.container import DockerContainer

from tracehub.clock import SystemClock
from tracehub.testing.kafka_jars import UnavailableError
from tracehub.testing.kafka_node import FORMAT, JAVA, SERVER, cluster_id, free_ports, properties

IMAGE: Final = "apache/kafka:4.1.0"
_LIBS: Final = "/opt/kafka/libs/*"
_START_S: Final = 180.0
_LOOK_S: Final = 0.1


@contextmanager
def container() -> Iterator[str]:
    """The bootstrap server of a broker that lives while the block runs.

    The image is `TRACEHUB_KAFKA_IMAGE`, or apache/kafka.

    Raises:
        UnavailableError: no Docker daemon answers, or the image can't be had or started.
    """
    image = os.environ.get("TRACEHUB_KAFKA_IMAGE", IMAGE)
    _knock()
    try:
        running = _prepared(image)
    except DockerException as error:
        raise UnavailableError(f"no Docker daemon answers: {error}") from error
    address = running.env["ADDRESS"]
    try:
        try:
            running.start()
        except Exception as error:  # Docker's, HTTP's and testcontainers' own share no base
            raise UnavailableError(f"Docker can't start {image}: {error}") from error
        _await_answer(running, address)
        yield address
    finally:
        running.stop()


def _knock() -> None:
    """Docker's client leaks its socket when it finds nobody, so it is not asked."""
    path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    if path.startswith("/"):
        with socket.socket(socket.AF_UNIX) as door:
            try:
                door.connect(path)
            except OSError as error:
                raise UnavailableError(f"no Docker daemon answers at {path}: {error}") from error


def _prepared(image: str) -> Any:
    ports = free_ports(1)
    host_only = _has_host_network_only()
    host = "127.0.0.1" if host_only else ""
    path = "/tmp/server.properties"  # noqa: S108 - inside a container of its own
    java = " ".join((*JAVA, "-cp", f"'{_LIBS}'"))
    script = (
        f'printf "%s" "$PROPERTIES" > {path} && '
        f"{java} {FORMAT} format -t {cluster_id()} -c {path} && exec {java} {SERVER} {path}"
    )
    made = DockerContainer(image)
    made.with_env("PROPERTIES", properties(0, ports, "/tmp/data", host=host))  # noqa: S108 - the same
    made.with_env("ADDRESS", f"127.0.0.1:{ports[0].client}")
    network = {"network_mode": "host"} if host_only else {}
    made.with_kwargs(entrypoint=["/bin/sh", "-c", script], **network)
    if not host_only:
        made.with_bind_ports(ports[0].client, ports[0].client)
    return made


def _has_host_network_only() -> bool:
    client = docker.from_env()
    try:
        return not client.networks.list(names=["bridge"])
    finally:
        client.close()


def _await_answer(running: Any, address: str) -> None:
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + _START_S
    host, port = address.split(":")
    wrapped = running.get_wrapped_container()
    while clock.monotonic_s() < deadline_s and wrapped.status != "exited":
        with suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        threading.Event().wait(_LOOK_S)
        wrapped.reload()
    said = b"".join(running.get_logs()).decode("utf-8", "replace")
    raise UnavailableError(f"Kafka in a container does not start: {said[-800:]}")
