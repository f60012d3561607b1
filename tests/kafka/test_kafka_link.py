"""Connections that are reset, stalled or left half-open cost time, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from tests.conftest import LeaveOut
from tests.kafka.test_kafka_bus import one_node
from tracehub.bus.kafka import Deadlines, KafkaBus
from tracehub.bus.kafka_connection import Connection
from tracehub.bus.port import TopicSpec
from tracehub.errors import RetryError
from tracehub.model.record import Received
from tracehub.testing.bus_contract import records, unique, values
from tracehub.testing.kafka import Cluster, UnavailableError, cluster
from tracehub.testing.proxy import OPEN, Link, Mode, Proxy, proxied_all

QUICK = Deadlines(ask_s=5.0, append_s=4.0, drain_s=1.0)
RESETS = 12


@pytest.fixture(scope="module")
def broker(leave_out: LeaveOut) -> Iterator[Cluster]:
    """A broker that is reached through a proxy only."""
    try:
        with cluster(ways=1) as running:
            yield running
    except UnavailableError as error:
        leave_out(f"Kafka's jars: {error}")


async def _publish(bus: KafkaBus, topic: str, done: asyncio.Event) -> list[str]:
    sent: list[str] = []
    while not done.is_set():
        batch = [f"{len(sent) + number}" for number in range(20)]
        try:
            await bus.publish(records(topic, batch))
        except RetryError:
            continue
        sent += batch
        await asyncio.sleep(0.01)
    return sent


async def _read(bus: KafkaBus, topic: str, found: list[Received]) -> None:
    async with bus.subscribe([topic], group=unique("g")) as subscription:
        async for batch in subscription:
            found += batch


async def _ends(bus: KafkaBus, topic: str, done: asyncio.Event) -> None:
    """Reading outside the group goes through the same link."""
    while not done.is_set():
        try:
            await bus.read(topic, 0, 0, 10)
        except RetryError:
            continue
        await asyncio.sleep(0.01)


async def _trouble(proxy: Proxy, mode: Mode) -> None:
    for _ in range(RESETS if mode == "cut" else 1):
        proxy.set(Link(mode))
        await asyncio.sleep(0.1 if mode == "cut" else 6)
        proxy.set(OPEN)
        await asyncio.sleep(0.3)


async def _survives(broker: Cluster, mode: Mode) -> None:
    async with proxied_all(broker.way(0), 1) as (proxy,):
        servers = (f"127.0.0.1:{proxy.port}",)
        async with one_node(servers, QUICK) as bus:
            topic, done = unique("link"), asyncio.Event()
            await bus.ensure([TopicSpec(topic, 1)])
            found: list[Received] = []
            reading = asyncio.create_task(_read(bus, topic, found))
            publishing = asyncio.create_task(_publish(bus, topic, done))
            looking = asyncio.create_task(_ends(bus, topic, done))
            while not found:
                await asyncio.sleep(0.05)
            await _trouble(proxy, mode)
            done.set()
            sent = await publishing
            await looking
            while not reading.done() and sent[-1] not in values(found):
                await asyncio.sleep(0.05)
            assert not reading.done(), reading.exception()
            reading.cancel()
            assert list(dict.fromkeys(values(found)))[: len(sent)] == sent


@pytest.mark.parametrize("mode", ["cut", "half-open", "stall"])
def test_bus_when_its_connections_are_in_trouble_hands_out_everything_in_order(
    broker: Cluster, mode: Mode
) -> None:
    uvloop.run(asyncio.wait_for(_survives(broker, mode), 200))


async def _write_to_a_reset(kind: type[AIOKafkaConnection], broker: Cluster) -> None:
    host, port = broker.servers[0].split(":")
    connection = kind(host, int(port))
    await connection.connect()
    connection._writer.transport.abort()
    await asyncio.sleep(0)  # closed now, and the client's reader has not run yet
    await connection.send(ApiVersionRequest())


def test_connection_when_it_was_reset_is_broken_to_the_client_on_either_loop(
    broker: Cluster,
) -> None:
    for run in (asyncio.run, uvloop.run):
        with pytest.raises(KafkaConnectionError, match="was reset"):
            run(_write_to_a_reset(Connection, broker))
    # The client's own: once this is another error, `kafka_connection` may go.
    with pytest.raises(RuntimeError, match="handler is closed"):
        uvloop.run(_write_to_a_reset(Connection.__base__, broker))
