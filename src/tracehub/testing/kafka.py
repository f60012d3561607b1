"""A real Kafka for tests: one that is named, one in a container, or one from Maven's jars.

    python -m tracehub.testing.kafka --nodes 3

runs a cluster in the foreground until it is interrupted. Must not know what it is used for.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple

from tracehub.testing.kafka_cluster import Cluster, cluster
from tracehub.testing.kafka_jars import UnavailableError

__all__ = ["PRODUCER", "Cluster", "Kafka", "UnavailableError", "cluster", "container", "find_kafka"]

PRODUCER: Final[Mapping[str, Any]] = {"enable_idempotence": True, "acks": "all", "linger_ms": 0}
"""The client's own producer, as careful as it can be."""


class Kafka(NamedTuple):
    """A broker to test against."""

    servers: tuple[str, ...]
    how: str


@contextmanager
def find_kafka() -> Iterator[Kafka]:
    """The servers in `TRACEHUB_TEST_KAFKA`; else a container; else a process of Maven's jars.

    Raises:
        UnavailableError: none of them; the text says why, each in turn.
    """
    given = os.environ.get("TRACEHUB_TEST_KAFKA", "")
    if given:
        yield Kafka(tuple(given.split(",")), "TRACEHUB_TEST_KAFKA")
        return
    reasons = ["TRACEHUB_TEST_KAFKA is not set"]
    with ExitStack() as opened:
        for way in (_contained, _processes):
            try:
                found = opened.enter_context(way())
            except UnavailableError as error:
                reasons.append(str(error))
            else:
                yield found
                return
    raise UnavailableError("; ".join(reasons))


@contextmanager
def container() -> Iterator[str]:
    """One broker by testcontainers; see `kafka_container.container`.

    Raises:
        UnavailableError: testcontainers or Docker is not there.
    """
    try:
        module = importlib.import_module("tracehub.testing.kafka_container")
    except ImportError as error:
        raise UnavailableError(f"testcontainers is not installed: {error}") from error
    with module.container() as server:
        yield server


@contextmanager
def _contained() -> Iterator[Kafka]:
    with container() as server:
        yield Kafka((server,), "a container")


@contextmanager
def _processes() -> Iterator[Kafka]:
    with cluster() as running:
        yield Kafka(running.servers, "Maven's jars")


def main() -> None:
    """Run a cluster in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m tracehub.testing.kafka")
    parser.add_argument("--nodes", type=int, default=1, help="brokers; 3 for replication")
    chosen = parser.parse_args()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        with cluster(chosen.nodes) as running:
            sys.stdout.write(
                f"bootstrap servers: {','.join(running.servers)}\n"
                "Ctrl-C stops it and removes its data.\n"
            )
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("stopped\n")
    except UnavailableError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
