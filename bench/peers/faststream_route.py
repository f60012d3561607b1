"""FastStream: a batch subscriber, `publish_batch` per output and partition, acknowledged last."""

from __future__ import annotations

import asyncio
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaPublishMessage
from faststream.kafka.annotations import KafkaMessage
from header import GROUP, SERVERS, TOPICS, topics_of

BROKER = KafkaBroker(
    SERVERS, enable_idempotence=True, acks="all", max_batch_size=900_000, logger=None
)
_TOGETHER = 1000


async def _as_it_is(record: Any) -> Any:
    return record.body


@BROKER.subscriber(
    *TOPICS,
    group_id=GROUP,
    auto_offset_reset="earliest",
    ack_policy=AckPolicy.ACK,
    batch=True,
    max_records=2000,
    decoder=_as_it_is,
)
async def route(_body: list[Any], whole: KafkaMessage) -> None:
    """Forward a batch."""
    placed: dict[tuple[str, int], list[KafkaPublishMessage]] = {}
    for record in whole.raw_message:
        for topic in topics_of(record.value):
            out = KafkaPublishMessage(record.value, key=record.key)
            placed.setdefault((topic, record.partition), []).append(out)
    await asyncio.gather(
        *(
            BROKER.publish_batch(*outs[at : at + _TOGETHER], topic=topic, partition=partition)
            for (topic, partition), outs in placed.items()
            for at in range(0, len(outs), _TOGETHER)
        )
    )


if __name__ == "__main__":
    asyncio.run(FastStream(BROKER, logger=None).run())
