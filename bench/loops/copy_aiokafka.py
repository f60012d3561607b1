"""Raw byte copy with aiokafka: `getmany`, one batch builder per output and partition, no decoding.

`BENCH_LOOP=uvloop` runs it on uvloop.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from typing import Any, Final

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.loops.task import OUTPUTS, Task, task

_BATCH_BYTES: Final = 900_000
_MOST: Final = 2000
_WAIT_MS: Final = 200


async def copy(chosen: Task) -> None:
    """Until the process is ended."""
    consumer = AIOKafkaConsumer(
        *chosen.topics,
        bootstrap_servers=chosen.servers,
        group_id=chosen.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=chosen.servers,
        acks="all",
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        linger_ms=0,
    )
    number = 0
    async with consumer, producer:
        while True:
            found = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_MOST)
            futures = []
            for place, records in found.items():
                for topic, batch in _batches(producer, records, chosen.every, number):
                    futures.append(await producer.send_batch(batch, topic, partition=_to(place)))
                number += len(records)
            if futures:
                await asyncio.gather(*futures)
                await consumer.commit()


def _to(place: TopicPartition) -> int:
    return int(place.partition)


def _batches(
    producer: AIOKafkaProducer, records: Sequence[Any], every: int, number: int
) -> list[tuple[str, Any]]:
    """The batches for one partition's records, with the names of their topics."""
    done: list[tuple[str, Any]] = []
    for topic, chosen in (
        (OUTPUTS[0], records),
        (OUTPUTS[1], records),
        (OUTPUTS[2], records[-number % every :: every]),
    ):
        batch = None
        for each in chosen:
            if batch is None or not batch.append(key=each.key, value=each.value, timestamp=None):
                batch = producer.create_batch()
                done.append((topic, batch))
                batch.append(key=each.key, value=each.value, timestamp=None)
    return done


async def main() -> None:
    """Copy until SIGTERM."""
    work = asyncio.create_task(copy(task()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
    await asyncio.wait({work})
    if not work.cancelled():
        work.result()


if __name__ == "__main__":
    (uvloop.run if os.environ.get("BENCH_LOOP") == "uvloop" else asyncio.run)(main())
