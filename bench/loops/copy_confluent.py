"""Raw byte copy with confluent-kafka (librdkafka): `consume`, `produce`, no decoding."""

from __future__ import annotations

import signal
from typing import Final

from confluent_kafka import Consumer, KafkaException, Producer

from bench.loops.task import OUTPUTS, task

_MOST: Final = 5000
_READING: Final = {"auto.offset.reset": "earliest", "enable.auto.commit": False}
_WRITING: Final = {
    "acks": "all",
    "enable.idempotence": True,
    "linger.ms": 5,
    "batch.size": 262_144,
    "delivery.report.only.error": True,
    "queue.buffering.max.messages": 200_000,
}


def main() -> None:
    """Copy until SIGTERM."""
    chosen = task()
    stopping: list[int] = []
    failed: list[object] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    consumer = Consumer({**_READING, "bootstrap.servers": chosen.servers, "group.id": chosen.group})
    producer = Producer(
        {
            **_WRITING,
            "bootstrap.servers": chosen.servers,
            "on_delivery": lambda error, _record: failed.append(error),
        }
    )
    consumer.subscribe(list(chosen.topics))
    number = 0
    while not stopping:
        found = consumer.consume(_MOST, 0.2)
        for record in found:
            if record.error():
                raise KafkaException(record.error())
            key, value, place = record.key(), record.value(), record.partition()
            producer.produce(OUTPUTS[0], value, key, place)
            producer.produce(OUTPUTS[1], value, key, place)
            if not number % chosen.every:
                producer.produce(OUTPUTS[2], value, key, place)
            number += 1
        if found:
            producer.flush()
            if failed:
                raise KafkaException(failed[0])
            consumer.commit(asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    main()
