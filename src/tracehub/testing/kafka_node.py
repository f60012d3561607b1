"""The words that start a Kafka node: its Java, its properties, its ports.

The same for a process on this machine and for a container. Must not start anything.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tracehub.testing.ports import reserve

JAVA: Final = (
    "java",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
)
"""Of a node for a test, which starts soon and is small."""
DEPLOYED: Final = (
    "java",
    "-server",
    "-Xms1g",
    "-Xmx1g",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
)
"""Of a node as Kafka's own scripts start it (kafka-server-start.sh, kafka-run-class.sh)."""
SERVER: Final = "kafka.Kafka"
FORMAT: Final = "kafka.tools.StorageTool"

LOGGING: Final = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""
"""Kafka's log4j: warnings, to the node's own log."""

_BROKER: Final = """\
process.roles=broker,controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
auto.create.topics.enable=false
unclean.leader.election.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.max.session.timeout.ms=60000
message.max.bytes=1114112
replica.fetch.max.bytes=1114112
offsets.topic.num.partitions=4
offsets.retention.minutes=40320
log.cleaner.dedupe.buffer.size=2097152
broker.session.timeout.ms=6000
"""


class Way(NamedTuple):
    """A further listener: where it listens, and the port that clients are told, a proxy's."""

    server: int
    told: int


class Ports(NamedTuple):
    """Where one node listens, on loopback."""

    client: int
    controller: int
    ways: tuple[Way, ...] = ()


def free_ports(nodes: int, ways: int = 0) -> tuple[Ports, ...]:
    """Ports that nobody else has: two for each node, and two for each further way to it."""
    numbers = reserve(2 * nodes * (1 + ways))
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    further = [Way(*each) for each in pairs[nodes:]]
    return tuple(
        Ports(*pairs[node], tuple(further[node * ways : (node + 1) * ways]))
        for node in range(nodes)
    )


def archive(libs: Path) -> Path:
    """Where the classes of these jars lie as Java laid them out, if that was done."""
    return libs.with_name("classes.jsa")


def cluster_id() -> str:
    """A fresh id in Kafka's spelling; never one that its tools would take for an option."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return cluster_id() if text.startswith("-") else text


def properties(
    node: int, ports: Sequence[Ports], data: str, extra: Sequence[str] = (), host: str = "127.0.0.1"
) -> str:
    """`server.properties` of one node of a cluster, by what the delivery contract asks of brokers.

    Args:
        node: its number, from 0.
        ports: of all nodes.
        data: its data folder.
        extra: further lines; a later line wins.
        host: the address it listens on.
    """
    count = len(ports)
    insync = min(2, count)
    mine = ports[node]
    voters = ",".join(f"{each}@127.0.0.1:{ports[each].controller}" for each in range(count))
    listening = {"CLIENT": mine.client, "CONTROLLER": mine.controller}
    told = {"CLIENT": mine.client}
    for number, way in enumerate(mine.ways):
        listening[f"WAY{number}"] = way.server
        told[f"WAY{number}"] = way.told
    lines = (
        f"node.id={node}",
        f"controller.quorum.voters={voters}",
        f"listeners={_listed(listening, host)}",
        f"advertised.listeners={_listed(told, '127.0.0.1')}",
        "listener.security.protocol.map=" + ",".join(f"{each}:PLAINTEXT" for each in listening),
        f"log.dirs={data}",
        f"default.replication.factor={count}",
        f"min.insync.replicas={insync}",
        f"offsets.topic.replication.factor={count}",
        f"transaction.state.log.replication.factor={count}",
        f"transaction.state.log.min.isr={insync}",
        f"share.coordinator.state.topic.replication.factor={count}",
        f"share.coordinator.state.topic.min.isr={insync}",
        *extra,
    )
    return _BROKER + "".join(f"{line}\n" for line in lines)


def _listed(listeners: Mapping[str, int], host: str) -> str:
    return ",".join(f"{name}://{host}:{port}" for name, port in listeners.items())
