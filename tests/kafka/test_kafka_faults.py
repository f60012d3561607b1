"""What Kafka has acknowledged is never lost, whatever happens to the broker or to us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from tests.kafka.test_kafka_bus import one_node
from tracehub.bus.kafka import Deadlines, KafkaBus
from tracehub.bus.port import TopicSpec
from tracehub.errors import ConfigError, FencedError, RetryError
from tracehub.model.record import Received, Record
from tracehub.testing.bus_contract import records, take, unique, values
from tracehub.testing.kafka import Cluster, Kafka

SESSION_S = 6


@pytest.fixture
async def bus(own_broker: Cluster) -> AsyncIterator[KafkaBus]:
    async with one_node(own_broker.servers, Deadlines(drain_s=1.0, append_s=3.0)) as bus:
        yield bus


async def _fresh(bus: KafkaBus, name: str) -> str:
    topic = unique(name)
    await bus.ensure([TopicSpec(topic, 1)])
    return topic


async def _crash(broker: Cluster) -> None:
    await asyncio.to_thread(broker.kill, 0)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(broker.restart, 0)


async def _publish_on(bus: KafkaBus, topic: str, acknowledged: list[str]) -> None:
    """Publish numbered records, each batch until it is acknowledged; note what was."""
    while True:
        batch = [f"{len(acknowledged) + n}" for n in range(20)]
        try:
            await bus.publish(records(topic, batch))
        except RetryError:
            continue
        acknowledged += batch
        await asyncio.sleep(0)


async def _grown(found: list[str], by: int) -> None:
    wanted = len(found) + by
    while len(found) < wanted:
        await asyncio.sleep(0.01)


def _first_sights(found: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found))


async def test_broker_when_killed_during_publishing_loses_nothing_acknowledged(
    bus: KafkaBus, own_broker: Cluster
) -> None:
    topic = await _fresh(bus, "killed")
    acknowledged: list[str] = []
    publishing = asyncio.create_task(_publish_on(bus, topic, acknowledged))
    await _grown(acknowledged, 200)
    await _crash(own_broker)
    await _grown(acknowledged, 200)
    publishing.cancel()
    await asyncio.wait({publishing})
    (end,) = await bus.ends(topic)
    found = values(await bus.read(topic, 0, 0, end))
    assert _first_sights(found)[: len(acknowledged)] == acknowledged


async def test_broker_when_killed_during_reading_hands_out_everything_in_order(
    bus: KafkaBus, own_broker: Cluster
) -> None:
    topic, group = await _fresh(bus, "read"), unique("g")
    sent = [f"{n}" for n in range(3000)]
    await bus.publish(records(topic, sent))
    found: list[str] = []

    async def read() -> None:
        async with bus.subscribe([topic], group=group) as subscription:
            async for batch in subscription:
                await asyncio.sleep(0.1)
                # As the hub does: the effect comes first, for a commit may get through unanswered.
                found.extend(values(batch))
                with suppress(FencedError, RetryError):
                    await subscription.commit(batch)
                if found[-1] == sent[-1]:
                    return

    reading = asyncio.create_task(read())
    await _grown(found, 500)
    await _crash(own_broker)
    await asyncio.wait_for(reading, 150)
    assert _first_sights(found) == sent


async def test_group_when_the_broker_restarts_goes_on_where_it_had_committed(
    bus: KafkaBus, own_broker: Cluster
) -> None:
    topic, group = await _fresh(bus, "resumed"), unique("g")
    await bus.publish(records(topic, ["a", "b"]))
    async with bus.subscribe([topic], group=group) as subscription:
        await take(subscription, 2, commit=True)
    await _crash(own_broker)
    async with one_node(own_broker.servers) as other:
        await other.publish(records(topic, ["c"]))
        async with other.subscribe([topic], group=group) as subscription:
            assert values(await take(subscription, 1)) == ["c"]


async def test_producer_when_a_publish_failed_is_replaced_and_sends_nothing_more(
    bus: KafkaBus, own_broker: Cluster
) -> None:
    topic = await _fresh(bus, "replaced")
    await bus.publish(records(topic, ["a"]))
    own_broker.pause(0)
    begun = time.monotonic()
    try:
        # The second waits in the producer's queue: it must not leave later.
        results = await asyncio.gather(
            bus.publish(records(topic, ["in flight"])),
            bus.publish(records(topic, ["queued"])),
            return_exceptions=True,
        )
    finally:
        own_broker.resume(0)
    assert [type(each) for each in results] == [RetryError, RetryError]
    assert time.monotonic() - begun < 25  # the client's own time-out is 40 s
    await bus.publish(records(topic, ["b"]))
    await asyncio.sleep(2)
    assert bus.writer.made == 2
    found = values(await bus.read(topic, 0, 0, 10))
    assert [each for each in found if each != "in flight"] == ["a", "b"]


async def test_bus_when_the_broker_does_not_answer_closes_in_time(own_broker: Cluster) -> None:
    async with one_node(own_broker.servers) as bus:
        topic = await _fresh(bus, "closed")
        await bus.publish(records(topic, ["a"]))
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            await take(subscription, 1)
            own_broker.pause(0)
            resuming = asyncio.get_running_loop().call_later(40, own_broker.resume, 0)
            begun = time.monotonic()
    spent = time.monotonic() - begun
    resuming.cancel()
    own_broker.resume(0)
    assert spent < 30


async def test_commit_when_the_group_has_given_us_up_is_refused(kafka: Kafka) -> None:
    async with one_node(kafka.servers) as bus:
        topic = await _fresh(bus, "zombie")
        await bus.publish(records(topic, ["a"]))
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            held = await take(subscription, 1)
            time.sleep(SESSION_S + 2)  # noqa: ASYNC251 - a frozen process, on purpose
            with pytest.raises(FencedError):
                await subscription.commit(held)
            assert values(await take(subscription, 1, commit=True)) == ["a"]


async def test_group_when_its_offset_is_no_longer_in_the_log_asks_the_operator(
    kafka: Kafka,
) -> None:
    async with one_node(kafka.servers) as bus:
        topic, group = await _fresh(bus, "removed"), unique("g")
        await bus.publish(records(topic, ["a", "b", "c", "d"]))
        async with bus.subscribe([topic], group=group) as subscription:
            await subscription.commit((await take(subscription, 4))[:1])
        await _remove(kafka, topic, before=3)
        async with bus.subscribe([topic], group=group) as subscription:
            with pytest.raises(ConfigError, match="committed offset 1"):
                await take(subscription, 1)
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            assert values(await take(subscription, 1)) == ["d"]


async def test_reading_when_the_offset_leaves_the_log_meanwhile_asks_the_operator(
    kafka: Kafka,
) -> None:
    async with one_node(kafka.servers) as bus:
        topic = await _fresh(bus, "removed")
        await bus.publish(records(topic, ["a", "b", "c", "d"]))
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            held = await take(subscription, 4)
            await _remove(kafka, topic, before=3)
            await subscription.rewind(held)
            with pytest.raises(ConfigError, match="not in the log any more"):
                await take(subscription, 1)


async def test_two_members_when_one_dies_lose_nothing_between_them(kafka: Kafka) -> None:
    async with one_node(kafka.servers) as bus, one_node(kafka.servers) as other:
        topic, group = unique("shared"), unique("g")
        await bus.ensure([TopicSpec(topic, 4)])
        sent = [Record(topic, f"{n}".encode(), f"{n}".encode()) for n in range(2000)]
        await bus.publish(sent)
        found: list[Received] = []

        async def read(on: KafkaBus, until: int) -> None:
            async with on.subscribe([topic], group=group) as subscription:
                async for batch in subscription:
                    await asyncio.sleep(0.01)
                    found.extend(batch)
                    with suppress(FencedError):
                        await subscription.commit(batch)
                    if len({each.position for each in found}) >= until:
                        return

        async with asyncio.timeout(150), asyncio.TaskGroup() as group_of_tasks:
            group_of_tasks.create_task(read(bus, 500))
            group_of_tasks.create_task(read(other, 2000))
        assert {each.value for each in found} == {each.value for each in sent}


async def _remove(kafka: Kafka, topic: str, *, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=list(kafka.servers))
    await admin.start()
    try:
        place = TopicPartition(topic, 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=before)})
    finally:
        await admin.close()
