"""A real Kafka takes what the compiled parts write, and they read what it hands out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

import pytest
from aiokafka import AIOKafkaProducer

from tests.kafka.test_kafka_bus import QUICK, one_node
from tracehub.bus.compiled import Batches, compiled_batches
from tracehub.bus.kafka import KafkaBus
from tracehub.bus.port import TopicSpec
from tracehub.errors import RetryError
from tracehub.model.record import Record
from tracehub.testing.bus_contract import take, unique
from tracehub.testing.kafka import Cluster, Kafka

BATCHES = 40
SIZE = 25


@pytest.fixture(scope="module")
def batches(leave_out: Callable[[str], NoReturn]) -> Batches:
    found = compiled_batches("auto")
    if found is None:
        leave_out("the compiled parts: make compiled")
    return found


def _records(topic: str, first: int) -> list[Record]:
    return [
        Record(topic, b"k", b"%d" % number, (("th", b"facts"), ("空", b"")), number % 2)
        for number in range(first, first + SIZE)
    ]


async def _publish(bus: KafkaBus, topic: str, first: int) -> None:
    while True:
        try:
            return await bus.publish(_records(topic, first))
        except RetryError:
            await asyncio.sleep(0.1)


async def test_broker_when_restarted_numbers_on_what_was_packed(
    own_broker: Cluster, batches: Batches
) -> None:
    topic = unique("packed")
    async with one_node(own_broker.servers, batches=batches) as bus:
        await bus.ensure([TopicSpec(topic, 2)])
        for number in range(BATCHES):
            if number == BATCHES // 2:
                await asyncio.to_thread(own_broker.kill, 0)
                restarting = asyncio.create_task(asyncio.to_thread(own_broker.restart, 0))
            await _publish(bus, topic, number * SIZE)
        await restarting
        found = [await bus.read(topic, each, 0, 2 * BATCHES * SIZE) for each in (0, 1)]
    async with one_node(own_broker.servers) as plain:
        assert [await plain.read(topic, each, 0, 2 * BATCHES * SIZE) for each in (0, 1)] == found
    for partition, records in enumerate(found):
        assert [each.offset for each in records] == [*range(len(records))]
        assert {each.headers for each in records} == {(("th", b"facts"), ("空", b""))}
        order = list(dict.fromkeys(int(each.value) for each in records))
        assert order == [*range(partition, BATCHES * SIZE, 2)]


@pytest.mark.parametrize("codec", [None, "gzip", "lz4", "snappy", "zstd"])
async def test_group_when_publishers_compress_reads_all(
    kafka: Kafka, batches: Batches, codec: str | None
) -> None:
    topic = unique("pressed")
    async with one_node(kafka.servers, QUICK, batches) as bus:
        await bus.ensure([TopicSpec(topic, 1)])
        producer = AIOKafkaProducer(
            bootstrap_servers=list(kafka.servers), compression_type=codec, linger_ms=50
        )
        async with producer:
            sent = [await producer.send(topic, b"%d" % each, partition=0) for each in range(250)]
            await asyncio.gather(*sent)
        async with bus.subscribe([topic], group="g") as subscription:
            found = await take(subscription, 250)
    assert [(each.offset, each.value) for each in found] == [(n, b"%d" % n) for n in range(250)]
