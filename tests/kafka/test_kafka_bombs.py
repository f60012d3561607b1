"""A batch that can't be read is one fault at its position, and the log goes on behind it."""

from __future__ import annotations

from aiokafka import AIOKafkaProducer

from tests.kafka.test_kafka_bus import one_node
from tracehub.bus.kafka import KafkaBus
from tracehub.bus.port import TopicSpec
from tracehub.model.record import Received
from tracehub.testing.bus_contract import records, unique
from tracehub.testing.kafka import Kafka

BOMB = 64 << 20
# Eight times what is unpacked here; the broker itself unpacks it too, in half a gigabyte.


async def _publish_bomb(kafka: Kafka, topic: str) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=list(kafka.servers),
        compression_type="zstd",
        max_batch_size=2 * BOMB,
        request_timeout_ms=60_000,
    )
    await producer.start()
    try:
        batch = producer.create_batch()
        assert batch.append(key=None, value=bytes(BOMB), timestamp=None)
        batch.close()
        await (await producer.send_batch(batch, topic, partition=0))
    finally:
        await producer.stop()


async def _publish_headers(kafka: Kafka, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=list(kafka.servers))
    await producer.start()
    try:
        headers = [(f"h{number}", b"") for number in range(33)]
        await producer.send_and_wait(topic, b"v", headers=headers, partition=0)
        await producer.send_and_wait(topic, b"v", key=bytes(900_000), partition=0)
    finally:
        await producer.stop()


async def _read(bus: KafkaBus, topic: str, group: str, count: int) -> list[Received]:
    found: list[Received] = []
    async with bus.subscribe([topic], group=group) as subscription:
        async for batch in subscription:
            found += batch
            await subscription.commit(batch)
            if len(found) >= count:
                subscription.stop()
    return found


async def test_log_when_it_holds_a_bomb_is_read_on_behind_it(kafka: Kafka) -> None:
    async with one_node(kafka.servers) as bus:
        topic = unique("bombs")
        await bus.ensure([TopicSpec(topic, 1)])
        await bus.publish(records(topic, ["before"]))
        await _publish_bomb(kafka, topic)
        await _publish_headers(kafka, topic)
        await bus.publish(records(topic, ["after"]))
        found = await _read(bus, topic, "g", 5)
        codes = [each.fault.code if each.fault else each.value.decode() for each in found]
        assert codes == [
            "before",
            "bus/unreadable-batch",
            "bus/headers",
            "bus/key-too-large",
            "after",
        ]
        assert [each.offset for each in found] == [0, 1, 2, 3, 4]
        await bus.publish(records(topic, ["later"]))
        assert [each.value for each in await _read(bus, topic, "g", 1)] == [b"later"]
        assert [each.offset for each in await bus.read(topic, 0, 0, 10)] == [0, 1, 2, 3, 4, 5]
