"""What the client does with transactions on a real broker, and why nothing here rests on them.

Numbers are those of docs/kafka-client.md. Our own producers have no transactional id; what stands
here is the ground of decision 0004, and an upgrade that changes it is noticed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced

from tests.kafka.test_client_traps import SMALL, WAIT_S, made, member, narrow_topic, started
from tests.kafka.test_kafka_bus import one_node
from tracehub.bus.kafka_settings import READER, Security, client_options
from tracehub.bus.port import TopicSpec
from tracehub.errors import ConfigError
from tracehub.model.record import Record
from tracehub.testing.bus_contract import unique
from tracehub.testing.kafka import PRODUCER, Kafka


@asynccontextmanager
async def transactional(kafka: Kafka, name: str) -> AsyncIterator[Any]:
    options = {**client_options(kafka.servers, Security()), **PRODUCER}
    async with started(AIOKafkaProducer(**options, transactional_id=name)) as producer:
        yield producer


async def committed_values(kafka: Kafka, topic: str, wanted: int) -> list[bytes]:
    """The first values that a reader of committed records gets."""
    place = TopicPartition(topic, 0)
    found: list[bytes] = []
    async with started(AIOKafkaConsumer(bootstrap_servers=list(kafka.servers), **READER)) as reader:
        reader.assign([place])
        reader.seek(place, 0)
        async with asyncio.timeout(60):
            while len(found) < wanted:
                batches = await reader.getmany(place, timeout_ms=500)
                found += [each.value for each in batches.get(place, ())]
    return found


async def test_a1_client_commits_a_transaction_of_which_a_send_failed(kafka: Kafka) -> None:
    topic, narrow = await made(kafka, "torn"), await narrow_topic(kafka)
    async with transactional(kafka, unique("t")) as producer:
        async with producer.transaction():
            lost = await producer.send(narrow, bytes(2 * SMALL), partition=0)
            await producer.send(topic, b"half of it", partition=0)
        with pytest.raises(MessageSizeTooLargeError):
            await lost
    assert await committed_values(kafka, topic, 1) == [b"half of it"]


async def test_a1_our_publish_tells_when_one_of_several_was_not_taken(kafka: Kafka) -> None:
    topic, narrow = await made(kafka, "whole"), await narrow_topic(kafka)
    async with one_node(kafka.servers) as bus:
        both = [Record(narrow, b"k", bytes(2 * SMALL)), Record(topic, b"k", b"v")]
        with pytest.raises(ConfigError, match=r"max\.message\.bytes"):
            await bus.publish(both)


async def test_a3_broker_takes_offsets_from_one_who_is_no_member(kafka: Kafka) -> None:
    topic, group = await made(kafka, "fenced", ["a", "b"]), unique("g")
    place = TopicPartition(topic, 0)
    async with started(member(kafka, group, auto_offset_reset="earliest")) as owner:
        owner.subscribe([topic])
        await owner.getmany(timeout_ms=10_000)
        await owner.commit({place: 2})
        async with transactional(kafka, unique("t")) as stranger, stranger.transaction():
            await stranger.send_offsets_to_transaction({place: 1}, group)
        while await owner.committed(place) != 1:  # its marker follows the answer
            await asyncio.sleep(0.05)


async def test_a12_client_asks_for_ever_for_the_offset_of_a_topic_that_is_not_there(
    kafka: Kafka,
) -> None:
    async with transactional(kafka, unique("t")) as producer:
        await producer.begin_transaction()
        place = TopicPartition(unique("nowhere"), 0)
        asking = asyncio.ensure_future(producer.send_offsets_to_transaction({place: 1}, "g"))
        assert not (await asyncio.wait({asking}, timeout=WAIT_S))[0]
        asking.cancel()
        producer._sender.sender_task.cancel()


async def test_a12_our_member_of_a_topic_that_is_not_there_is_told_at_once(kafka: Kafka) -> None:
    async with one_node(kafka.servers) as bus:
        with pytest.raises(ConfigError, match="tracehub topics --create"):
            async with bus.subscribe([unique("nowhere")], group=unique("g")):
                pass


async def test_old_transactional_producer_is_fenced_by_its_successor(kafka: Kafka) -> None:
    topic, name = await made(kafka, "heirs"), unique("t")
    async with transactional(kafka, name) as old:
        await old.begin_transaction()
        await old.send_and_wait(topic, b"old", partition=0)
        async with transactional(kafka, name) as new:
            async with new.transaction():
                await new.send_and_wait(topic, b"new", partition=0)
            with pytest.raises(ProducerFenced):
                await old.commit_transaction()
    assert await committed_values(kafka, topic, 1) == [b"new"]


async def test_zombie_without_a_transaction_is_never_fenced(kafka: Kafka) -> None:
    topic, group = await made(kafka, "zombie", ["a"]), unique("g")
    async with one_node(kafka.servers) as old, one_node(kafka.servers) as new:
        await old.ensure([TopicSpec(unique("out"), 1)])
        async with old.subscribe([topic], group=group), new.subscribe([topic], group=group):
            await new.publish([Record(topic, b"k", b"by the new")])
            await old.publish([Record(topic, b"k", b"by the old")])
        assert len(await new.read(topic, 0, 0, 10)) == 3
