"""Tries what one user may do on a broker, topic by topic and group by group, for real."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.commit import OffsetCommitRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from tests.kafka.secured import login, secret_of
from tracehub.bus.kafka_settings import Security, client_options
from tracehub.testing.kafka import Cluster

Allowed = dict[str, bool]
_TOPIC_DENIED = 29
_GROUP_DENIED = 30
_WAIT_S = 30.0


def describe(running: Cluster, user: str, names: Sequence[str]) -> Allowed:
    """Which topics it may look at."""
    client = AdminClient(login(running, user))
    return _answers(client.describe_topics(TopicCollection(list(names))))


def delete(running: Cluster, user: str, names: Sequence[str]) -> Allowed:
    """Which topics it may delete: they are gone then."""
    client = AdminClient(login(running, user))
    return _answers(client.delete_topics(list(names)))


def alter(running: Cluster, user: str, names: Sequence[str]) -> Allowed:
    """Which topics it may configure anew; nothing is changed."""
    entry = ConfigEntry("retention.ms", "1", incremental_operation=AlterConfigOpType.SET)
    wanted = [
        ConfigResource(ResourceType.TOPIC, each, incremental_configs=[entry]) for each in names
    ]
    client = AdminClient(login(running, user))
    found = client.incremental_alter_configs(wanted, validate_only=True)
    return _answers({each.name: future for each, future in found.items()})


def write(running: Cluster, user: str, names: Sequence[str]) -> Allowed:
    """Which topics it may append to."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    builder.append(0, 0, b"k", b"v", [])
    batch = bytes(builder.build())
    request = ProduceRequest(
        transactional_id=None,
        required_acks=-1,
        timeout=10_000,
        topics=[(each, [(0, batch)]) for each in names],
    )
    return asyncio.run(_by_topic(running, user, request))


def read(running: Cluster, user: str, names: Sequence[str]) -> Allowed:
    """Which topics it may read."""
    request = FetchRequest(0, 0, 1 << 20, 1, [(each, [(0, 0, 1024)]) for each in names])
    told = asyncio.run(_by_topic(running, user, request))
    # Of what may be read and is empty the hub's own form of answers tells nothing.
    return {name: told.get(name, True) for name in names}


def join(running: Cluster, user: str, groups: Iterable[str], topic: str) -> Allowed:
    """Which groups it may use: whether the broker looks at its offsets."""
    asked = {
        each: OffsetCommitRequest(each, -1, "", -1, [(topic, [(0, 0, "")])]) for each in groups
    }
    found = asyncio.run(_asked(running, user, asked))
    return {each: _code(answer.topics[0]) != _GROUP_DENIED for each, answer in found.items()}


async def _by_topic(running: Cluster, user: str, request: Any) -> Allowed:
    answer = (await _asked(running, user, {"": request}))[""]
    found = {each[0]: _code(each) for each in answer.topics}
    assert set(found.values()) <= {0, _TOPIC_DENIED}, found
    return {name: code == 0 for name, code in found.items()}


async def _asked(running: Cluster, user: str, requests: Mapping[str, Any]) -> Mapping[str, Any]:
    """The broker's answers; the client's own views of what is allowed do not come between."""
    security = Security("SASL_PLAINTEXT", user, secret_of(user))
    client = AIOKafkaClient(**client_options(running.servers, security))
    await client.bootstrap()
    try:
        return {name: await client.send(0, request) for name, request in requests.items()}
    finally:
        await client.close()


def _code(topic: Any) -> int:
    """The error code of a topic's only partition."""
    return int(topic[1][0][1])


def _answers(asked: Mapping[str, Future[Any]]) -> Allowed:
    found: Allowed = {}
    for name, future in asked.items():
        try:
            future.result(_WAIT_S)
        except KafkaException as error:
            found[name] = not _denied(error.args[0])
        else:
            found[name] = True
    return found


def _denied(error: KafkaError) -> bool:
    """Anything else that goes wrong is no answer."""
    assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error
    return True
