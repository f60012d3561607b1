"""What a transaction costs: "await, then commit" against aiokafka's transactions, on one cluster.

    python -m bench.transactions --nodes 3 --batches 200

Each of several input partitions is a loop: append a batch of outputs, then let the group's offset
pass. "await": one idempotent producer for all, an offset commit after the acknowledgements.
"transaction": a producer with a transactional id for each input partition, which is what fences.
Both take turns on the same topics, so that a busy machine slows both. It prints one JSON object a
line: milliseconds of a batch (p50, p99), records a second, and CPU seconds of this process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tracehub.bus.kafka_settings import READER, Security, client_options
from tracehub.testing.kafka import PRODUCER, cluster

PARTITIONS: Final = 4
VALUE: Final = bytes(1024)
GROUP: Final = "bench"
_INPUT, _OUTPUT = "input", "output"
_WARM = 10

Turn = Callable[[int, int, int], Awaitable[None]]
"""Do one batch: of an input partition, of so many records, up to an offset."""


class Measured(NamedTuple):
    """One run of one way."""

    way: str
    batch: int
    p50_ms: float
    p99_ms: float
    records_s: float
    cpu_s: float


@asynccontextmanager
async def _started(client: Any) -> AsyncIterator[Any]:
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def _append(producer: Any, partition: int, count: int) -> None:
    batch = producer.create_batch()
    futures = []
    for _ in range(count):
        if batch.append(key=b"k", value=VALUE, timestamp=None) is None:
            futures.append(await producer.send_batch(batch, _OUTPUT, partition=partition))
            batch = producer.create_batch()
            batch.append(key=b"k", value=VALUE, timestamp=None)
    futures.append(await producer.send_batch(batch, _OUTPUT, partition=partition))
    await asyncio.gather(*futures)


@asynccontextmanager
async def awaiting(options: dict[str, Any]) -> AsyncIterator[Turn]:
    """Append, await every acknowledgement, commit."""
    consumer = AIOKafkaConsumer(**options, **READER, group_id=GROUP)
    async with (
        _started(AIOKafkaProducer(**options, **PRODUCER)) as producer,
        _started(consumer),
    ):
        consumer.assign([TopicPartition(_INPUT, each) for each in range(PARTITIONS)])

        async def turn(partition: int, count: int, offset: int) -> None:
            await _append(producer, partition, count)
            await consumer.commit({TopicPartition(_INPUT, partition): offset})

        yield turn


@asynccontextmanager
async def transacting(options: dict[str, Any]) -> AsyncIterator[Turn]:
    """The same in one transaction of the input partition's own producer."""
    async with AsyncExitStack() as opened:
        producers = [
            await opened.enter_async_context(
                _started(AIOKafkaProducer(**options, **PRODUCER, transactional_id=f"bench.{each}"))
            )
            for each in range(PARTITIONS)
        ]

        async def turn(partition: int, count: int, offset: int) -> None:
            producer = producers[partition]
            await producer.begin_transaction()
            await _append(producer, partition, count)
            place = TopicPartition(_INPUT, partition)
            await producer.send_offsets_to_transaction({place: offset}, GROUP)
            await producer.commit_transaction()

        yield turn


WAYS: Final = {"await": awaiting, "transaction": transacting}


async def measure(options: dict[str, Any], way: str, batch: int, batches: int) -> Measured:
    """Run one way: so many batches on each input partition at once."""
    spent: list[float] = []

    async def loop(turn: Turn, partition: int, count: int, *, noted: bool) -> None:
        for number in range(count):
            begun = time.perf_counter()
            await turn(partition, batch, number + 1)
            if noted:
                spent.append(1000 * (time.perf_counter() - begun))

    async with WAYS[way](options) as turn:
        await asyncio.gather(*(loop(turn, each, _WARM, noted=False) for each in range(PARTITIONS)))
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(loop(turn, each, batches, noted=True) for each in range(PARTITIONS)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    cuts = statistics.quantiles(spent, n=100)
    records_s = round(batch * len(spent) / wall)
    return Measured(way, batch, round(cuts[49], 1), round(cuts[98], 1), records_s, round(cpu, 2))


async def compare(servers: tuple[str, ...], replication: int, batches: int, rounds: int) -> None:
    """Every way and size in turn, several times."""
    options = dict(client_options(servers, Security()))
    async with _admin(options) as admin:
        made = [NewTopic(each, PARTITIONS, replication) for each in (_INPUT, _OUTPUT)]
        await admin.create_topics(made)
    for number in range(rounds):
        for batch in (100, 1000):
            for way in WAYS:
                measured = await measure(options, way, batch, batches)
                sys.stdout.write(json.dumps({"round": number, **measured._asdict()}) + "\n")
                sys.stdout.flush()


@asynccontextmanager
async def _admin(options: dict[str, Any]) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


def main() -> None:
    """Compare on a cluster of our own."""
    parser = argparse.ArgumentParser(prog="python -m bench.transactions")
    parser.add_argument("--nodes", type=int, default=3, help="brokers, and replicas")
    parser.add_argument("--batches", type=int, default=200, help="on each of 4 input partitions")
    parser.add_argument("--rounds", type=int, default=3, help="of every way and size")
    chosen = parser.parse_args()
    with cluster(chosen.nodes) as running:
        asyncio.run(compare(running.servers, chosen.nodes, chosen.batches, chosen.rounds))


if __name__ == "__main__":
    main()
