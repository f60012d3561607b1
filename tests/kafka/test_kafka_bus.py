"""A real Kafka keeps the contract of the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tracehub.bus.compiled import Batches
from tracehub.bus.kafka import Deadlines, KafkaBus
from tracehub.bus.port import Bus, TopicSpec
from tracehub.errors import ConfigError, RetryError
from tracehub.model.record import Record
from tracehub.testing.append_contract import AppendContract
from tracehub.testing.bus_contract import BusContract, OpenBus, unique
from tracehub.testing.kafka import Kafka

QUICK = Deadlines(drain_s=1.0)


class TestKafkaBus(BusContract, AppendContract):
    @pytest.fixture
    def open_bus(self, kafka: Kafka) -> OpenBus:
        def opened() -> AbstractAsyncContextManager[Bus]:
            return one_node(kafka.servers)

        return opened


@asynccontextmanager
async def one_node(
    servers: tuple[str, ...], deadlines: Deadlines = QUICK, batches: Batches | None = None
) -> AsyncIterator[KafkaBus]:
    async with KafkaBus.open(
        servers,
        replication=1,
        min_insync=1,
        max_records=100,
        deadlines=deadlines,
        batches=batches,
    ) as bus:
        yield bus


async def test_bus_when_nobody_listens_asks_for_another_try() -> None:
    async with one_node(("127.0.0.1:1",), Deadlines(ask_s=0.5)) as bus:
        with pytest.raises(RetryError, match="Kafka did not"):
            await bus.ensure([TopicSpec("t", 1)])


async def test_publish_when_the_partition_does_not_exist_is_refused(kafka: Kafka) -> None:
    async with one_node(kafka.servers) as bus:
        topic = unique("narrow")
        await bus.ensure([TopicSpec(topic, 1)])
        with pytest.raises(ConfigError, match=r"bus\.partitions"):
            await bus.publish([Record(topic, b"k", b"v", (), 1)])


async def test_publish_when_a_share_is_larger_than_a_batch_keeps_its_order(kafka: Kafka) -> None:
    async with one_node(kafka.servers) as bus:
        topic = unique("large")
        await bus.ensure([TopicSpec(topic, 2)])
        sent = [
            Record(topic, b"k", f"{n:04}".encode() * 50_000, (), partition)
            for n in range(15)
            for partition in range(2)
        ]
        await bus.publish(sent)
        for partition in range(2):
            found = await bus.read(topic, partition, 0, 100)
            assert [each.value[:4] for each in found] == [f"{n:04}".encode() for n in range(15)]


async def test_ensure_when_there_are_too_few_brokers_names_the_setting(kafka: Kafka) -> None:
    async with KafkaBus.open(kafka.servers, replication=9) as bus:
        with pytest.raises(ConfigError, match=r"bus\.replication"):
            await bus.ensure([TopicSpec(unique("wide"), 1)])
