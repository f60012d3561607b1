"""The client's traps as they are on a real broker, and that our code stays out of them.

Numbers are those of docs/kafka-client.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber

from tests.kafka.test_kafka_bus import one_node
from tracehub.bus.kafka import Deadlines
from tracehub.bus.kafka_deadline import stopped
from tracehub.bus.kafka_settings import (
    BATCH_BYTES,
    MEMBER,
    READER,
    Security,
    client_options,
)
from tracehub.bus.kafka_writer import KafkaWriter
from tracehub.bus.port import TopicSpec
from tracehub.errors import ConfigError, FencedError
from tracehub.testing.bus_contract import records, take, unique, values
from tracehub.testing.kafka import PRODUCER, Cluster, Kafka

SMALL = 10_000
"""What the narrow topics take at most, in bytes."""
WAIT_S = 4.0
"""How long something is watched that never ends."""


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:
    await client.start()
    try:
        yield client
    finally:
        connections = client.client if isinstance(client, AIOKafkaProducer) else client._client
        await stopped(client.stop, connections.close)


def member(kafka: Kafka, group: str, **options: Any) -> Any:
    chosen = {**MEMBER, "session_timeout_ms": 6_000, **options}
    return AIOKafkaConsumer(bootstrap_servers=list(kafka.servers), group_id=group, **chosen)


async def narrow_topic(kafka: Kafka) -> str:
    """A topic that refuses records which the client lets pass."""
    name = unique("narrow")
    admin = AIOKafkaAdminClient(bootstrap_servers=list(kafka.servers))
    await admin.start()
    try:
        options = {"max.message.bytes": str(SMALL)}
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs=options)])
    finally:
        await admin.close()
    return name


async def made(kafka: Kafka, name: str, sent: Sequence[str] = (), partitions: int = 1) -> str:
    topic = unique(name)
    async with one_node(kafka.servers) as bus:
        await bus.ensure([TopicSpec(topic, partitions)])
        await bus.publish(records(topic, sent))
    return topic


async def test_a6_client_hands_records_out_before_its_callback_ends_and_hides_its_error(
    kafka: Kafka,
) -> None:
    topic = await made(kafka, "early", ["a", "b"])
    entered, leave = asyncio.Event(), asyncio.Event()

    class Slow(ConsumerRebalanceListener):  # type: ignore[misc]  # the client has no types
        async def on_partitions_revoked(self, revoked: object) -> None:
            raise LookupError("nobody hears this")

        async def on_partitions_assigned(self, assigned: object) -> None:
            entered.set()
            await leave.wait()
            raise LookupError("nor this")

    async with started(member(kafka, unique("g"), auto_offset_reset="earliest")) as consumer:
        consumer.subscribe([topic], listener=Slow())
        async with asyncio.timeout(60):
            await entered.wait()
            found = await consumer.getmany(timeout_ms=10_000)
        assert [each.value for batch in found.values() for each in batch] == [b"a", b"b"]
        assert not leave.is_set()
        leave.set()
        await consumer.commit({TopicPartition(topic, 0): 2})


async def test_a6_our_member_reads_from_the_committed_offset_whatever_the_client_had(
    kafka: Kafka,
) -> None:
    topic, group = await made(kafka, "opened", ["a", "b", "c"]), unique("g")
    async with one_node(kafka.servers) as bus:
        async with bus.subscribe([topic], group=group) as subscription:
            held = await take(subscription, 3)
            await subscription.commit(held[:2])
        async with bus.subscribe([topic], group=group) as subscription:
            assert values(await take(subscription, 1)) == ["c"]


async def test_a9_client_commits_an_old_batch_under_the_newest_generation(kafka: Kafka) -> None:
    topic, group = await made(kafka, "rewound", ["a", "b", "c"]), unique("g")
    place = TopicPartition(topic, 0)
    async with started(member(kafka, group, auto_offset_reset="earliest")) as consumer:
        consumer.subscribe([topic])
        batch = (await consumer.getmany(timeout_ms=10_000))[place]
        await consumer.commit({place: 3})
        async with started(member(kafka, group)) as other:
            other.subscribe([topic])
            await _settled(consumer, other)
        await _settled(consumer)
        # The batch is of an assignment long gone, and the group moves back.
        await consumer.commit({place: batch[0].offset + 1})
        assert await consumer.committed(place) == 1


async def _settled(*consumers: Any) -> None:
    """Until the partition belongs to one of these and the group rests."""
    async with asyncio.timeout(60):
        while sum(len(each.assignment()) for each in consumers) != 1:
            await asyncio.gather(*(each.getmany(timeout_ms=100) for each in consumers))


async def test_a9_our_member_refuses_an_old_batch(kafka: Kafka) -> None:
    topic, group = await made(kafka, "kept", ["a", "b", "c"]), unique("g")
    async with (
        one_node(kafka.servers) as bus,
        one_node(kafka.servers) as elsewhere,
        bus.subscribe([topic], group=group) as ours,
    ):
        held = await take(ours, 3)
        epoch = ours.epoch(topic, 0)
        async with elsewhere.subscribe([topic], group=group) as theirs:
            asking = asyncio.ensure_future(anext(aiter(theirs), None))
            waiting = asyncio.ensure_future(anext(aiter(ours), None))
            async with asyncio.timeout(60):
                # Each step of the loop: a moment later it may be ours again, and handed out anew.
                while ours.epoch(topic, 0) == epoch:
                    await asyncio.sleep(0)
            with pytest.raises(FencedError):
                await ours.commit(held)
            for each in (asking, waiting):
                each.cancel()


async def test_a10_client_waits_without_an_end_while_the_broker_is_away(
    own_broker: Cluster,
) -> None:
    kafka = Kafka(own_broker.servers, "own")
    topic = await made(kafka, "away", ["a"])
    options = {**client_options(kafka.servers, Security()), **PRODUCER, "request_timeout_ms": 1000}
    async with started(AIOKafkaProducer(**options)) as producer:
        await producer.send_and_wait(topic, b"b", partition=0)
        own_broker.pause(0)
        try:
            sending = asyncio.ensure_future(producer.send_and_wait(topic, b"c", partition=0))
            await asyncio.sleep(0.1)
            stopping = asyncio.ensure_future(producer.stop())
            done, _ = await asyncio.wait({sending, stopping}, timeout=WAIT_S)
            assert not done, "four times its own time-out, and neither has ended"
        finally:
            own_broker.resume(0)
        await asyncio.wait({sending, stopping}, timeout=20)


async def test_a11_client_is_of_no_use_after_a_refused_batch(kafka: Kafka) -> None:
    topic = await narrow_topic(kafka)
    options = {**client_options(kafka.servers, Security()), **PRODUCER}
    async with started(AIOKafkaProducer(**options)) as producer:
        await producer.send_and_wait(topic, b"a", partition=0)
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, bytes(2 * SMALL), partition=0)
        with pytest.raises(OutOfOrderSequenceNumber):
            await producer.send_and_wait(topic, b"b", partition=0)


async def test_a11_our_writer_takes_a_new_producer_after_any_error(kafka: Kafka) -> None:
    topic = await narrow_topic(kafka)
    writer = KafkaWriter(client_options(kafka.servers, Security()), 20.0)
    try:
        await writer.append({(topic, 0): [(b"k", b"a", ())]})
        with pytest.raises(ConfigError, match=r"max\.message\.bytes"):
            await writer.append({(topic, 0): [(b"k", bytes(2 * SMALL), ())]})
        await writer.append({(topic, 0): [(b"k", b"b", ())]})
        assert writer.made == 2
    finally:
        await writer.close()
    async with one_node(kafka.servers) as bus:
        assert values(await bus.read(topic, 0, 0, 10)) == ["a", "b"]


async def test_a11_broker_takes_what_follows_a_new_producer_s_failed_batch(kafka: Kafka) -> None:
    topic = await narrow_topic(kafka)
    options = {**client_options(kafka.servers, Security()), **PRODUCER}
    async with started(AIOKafkaProducer(**options)) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, bytes(2 * SMALL), partition=0)
        assert (await producer.send_and_wait(topic, b"b", partition=0)).offset == 0


async def test_a11_our_writer_sends_nothing_behind_a_batch_that_is_not_in_the_log(
    kafka: Kafka,
) -> None:
    topic = await narrow_topic(kafka)
    writer = KafkaWriter(client_options(kafka.servers, Security()), 20.0)
    # Of these two batches the first is larger than the topic takes.
    rows = [(b"k", bytes(BATCH_BYTES - SMALL // 2), ()), (b"k", bytes(SMALL // 2), ())]
    try:
        with pytest.raises(ConfigError, match=r"max\.message\.bytes"):
            await writer.append({(topic, 0): rows})
    finally:
        await writer.close()
    async with one_node(kafka.servers) as bus:
        assert await bus.ends(topic) == (0,)


async def _something(consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
    """Until records have come."""
    while not await consumer.getmany(place, timeout_ms=5_000):
        pass


async def test_a14_client_reads_one_record_for_ever_when_its_deserialiser_raises(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await made(kafka, "again", ["good", "bad", "good"])
    # The client's own reader of batches: ours, which every bus puts in its place, decodes nothing.
    monkeypatch.setattr(fetcher, "PartitionRecords", PartitionRecords)
    monkeypatch.setattr(fetcher, "FetchResult", FetchResult)
    place = TopicPartition(topic, 0)

    def strict(value: bytes) -> bytes:
        if value == b"bad":
            raise LookupError("as a decoder would")
        return value

    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(kafka.servers), **READER, value_deserializer=strict
    )
    async with started(consumer):
        consumer.assign([place])
        consumer.seek(place, 1)
        for _ in range(3):
            with pytest.raises(LookupError):
                await _something(consumer, place)
            assert await consumer.position(place) == 1
    assert not {"key_deserializer", "value_deserializer"} & {*READER, *MEMBER}


async def test_a15_client_takes_no_partition_for_every_partition(kafka: Kafka) -> None:
    topic = await made(kafka, "all", ["a"])
    place = TopicPartition(topic, 0)
    nothing: list[TopicPartition] = []
    async with started(AIOKafkaConsumer(bootstrap_servers=list(kafka.servers), **READER)) as reader:
        reader.assign([place])
        reader.seek(place, 0)
        assert await reader.getmany(*nothing, timeout_ms=10_000)


async def test_a15_our_member_hands_out_nothing_while_all_is_held(kafka: Kafka) -> None:
    topic = await made(kafka, "held", ["a"])
    async with (
        one_node(kafka.servers, Deadlines(drain_s=1.0)) as bus,
        bus.subscribe([topic], group=unique("g")) as subscription,
    ):
        await take(subscription, 1)
        subscription.hold(topic, 0)
        await bus.publish(records(topic, ["b"]))
        asking = asyncio.ensure_future(anext(aiter(subscription)))
        assert not (await asyncio.wait({asking}, timeout=1.0))[0]
        subscription.release(topic, 0)
        assert values(await asyncio.wait_for(asking, 60)) == ["b"]
