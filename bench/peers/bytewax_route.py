"""Bytewax: Kafka source, `flat_map_batch`, Kafka sink; without a recovery store: no commits."""

from __future__ import annotations

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from header import SERVERS, TOPICS, topics_of


def route(batch: list[KafkaSourceMessage]) -> list[KafkaSinkMessage]:
    """The outputs of a batch."""
    return [
        KafkaSinkMessage(each.key, each.value, topic=topic, partition=each.partition)
        for each in batch
        for topic in topics_of(each.value)
    ]


if __name__ == "__main__":
    flow = Dataflow("route")
    read = op.input("raw", flow, KafkaSource([SERVERS], TOPICS, batch_size=1000, tail=True))
    routed = op.flat_map_batch("route", read, route)
    options = {"acks": "all", "enable.idempotence": "true", "linger.ms": "5"}
    op.output("out", routed, KafkaSink([SERVERS], None, add_config=options))
    run_main(flow)
