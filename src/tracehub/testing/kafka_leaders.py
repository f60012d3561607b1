"""Which broker leads a partition, or coordinates a group. Must not know why that is asked."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Final

from tracehub.testing.kafka_jars import UnavailableError

_ASK_S: Final = 5.0
_OFFSETS: Final = "__consumer_offsets"


def leader(servers: Sequence[str], topic: str, partition: int) -> int | None:
    """The broker that leads a partition; None when nobody does, or no broker answers.

    Raises:
        UnavailableError: confluent-kafka is not installed.
    """
    partitions = _partitions(servers, topic)
    found = partitions.get(partition)
    return None if found is None or found.leader < 0 else int(found.leader)


def coordinator(servers: Sequence[str], group: str) -> int | None:
    """The broker that coordinates a group: it leads the partition that keeps its offsets.

    Raises:
        UnavailableError: confluent-kafka is not installed.
    """
    count = len(_partitions(servers, _OFFSETS))
    return leader(servers, _OFFSETS, abs(_java_hash(group)) % count) if count else None


def _partitions(servers: Sequence[str], topic: str) -> dict[int, Any]:
    try:
        confluent = importlib.import_module("confluent_kafka.admin")
    except ImportError as error:
        raise UnavailableError(f"confluent-kafka is not installed: {error}") from error
    admin = confluent.AdminClient(
        {"bootstrap.servers": ",".join(servers), "log_level": 0, "socket.timeout.ms": 5000}
    )
    try:
        listed = admin.list_topics(topic, timeout=_ASK_S)
    except confluent.KafkaException:
        return {}
    return dict(listed.topics[topic].partitions) if topic in listed.topics else {}


def _java_hash(text: str) -> int:
    """`String.hashCode` of ASCII, by which a broker chooses the partition of a group."""
    number = 0
    for letter in text:
        number = (31 * number + ord(letter)) & 0xFFFFFFFF
    return number - 0x1_0000_0000 if number & 0x8000_0000 else number
