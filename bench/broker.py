"""The broker of a run: topics made, filled, followed and counted. Must not know who is measured."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from bench.process import cpu_s
from tracehub.testing.kafka import Cluster, cluster
from tracehub.testing.kafka_node import DEPLOYED
from tracehub.testing.load import Load, Tally

Ends = Mapping[tuple[str, int], int]
"""The next offset of each partition."""

_LINES: Final = ("num.io.threads=4", "num.network.threads=2", "log.retention.ms=-1")
_ASK_S: Final = 20
_DEADLINE_S: Final = 120
_QUIET: Final = {"log_level": 2}
"""Clients of a broker that has ended say so without an end; what goes wrong is raised."""


class Broker:
    """One Kafka broker of this machine, through its admin's eyes.

    Attributes:
        loads: what lies on its raw topics, by publisher.
    """

    def __init__(self, running: Cluster) -> None:
        self.servers = running.servers[0]
        self.pid = running.pids[0]
        self._admin = self._administrator()
        self._made: dict[str, int] = {}
        self.loads: dict[str, Load] = {}

    def _administrator(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.servers, **_QUIET})

    def cpu_s(self) -> float:
        """User and system time of the broker so far."""
        return cpu_s(self.pid)

    def make(self, topics: Iterable[str], partitions: int) -> None:
        """Create what is missing; the hub makes its own topics with the same partitions."""
        new = [name for name in dict.fromkeys(topics) if name not in self._made]
        if not new:
            return
        asked = self._admin.create_topics([NewTopic(each, partitions, 1) for each in new])
        for name, future in asked.items():
            try:
                future.result(_ASK_S)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
            self._made[name] = partitions
        self._await_leaders(new)

    def fill(self, load: Load, count: int, partitions: int) -> None:
        """Put a load on its raw topics, as publishers do: by key, acknowledged by all."""
        self.make((each.topic for each in load.templates), partitions)
        producer = self.producer()
        for written in load.records(count):
            topic = load.templates[written.template].topic
            while True:
                try:
                    producer.produce(topic, written.value, written.key)
                except BufferError:
                    producer.poll(0.1)
                else:
                    break
        if left := producer.flush(_DEADLINE_S):
            raise TimeoutError(f"{left} records of the load were not acknowledged")

    def producer(self, **options: Any) -> Producer:
        """A producer as a publisher would have it."""
        return Producer(
            {
                "bootstrap.servers": self.servers,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 20,
                "batch.size": 262_144,
                "queue.buffering.max.messages": 200_000,
                **_QUIET,
                "partitioner": "murmur2_random",
                **options,
            }
        )

    def ends(self, topics: Iterable[str]) -> Ends:
        """The next offset of each partition of topics made here."""
        places = [
            TopicPartition(name, partition)
            for name in topics
            for partition in range(self._made[name])
        ]
        asked = self._admin.list_offsets(
            dict.fromkeys(places, OffsetSpec.latest()), request_timeout=_ASK_S
        )
        return {
            (place.topic, place.partition): future.result().offset
            for place, future in asked.items()
        }

    def lag(self, group: str, topics: Iterable[str]) -> int:
        """Records of these topics that the group has not committed."""
        asked = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=_ASK_S
        )
        found = asked[group].result(_ASK_S).topic_partitions
        done = {(each.topic, each.partition): max(0, each.offset) for each in found}
        return sum(max(0, end - done.get(place, 0)) for place, end in self.ends(topics).items())

    def forget(self, groups: Sequence[str]) -> None:
        """Delete consumer groups, so that their next start begins at the beginning."""
        for group in groups:
            until = time.monotonic() + _ASK_S
            while not self._forgotten(group, last=time.monotonic() > until):
                time.sleep(0.2)

    def _forgotten(self, group: str, *, last: bool) -> bool:
        try:
            self._admin.delete_consumer_groups([group])[group].result(_ASK_S)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return True
            if last:
                raise
            return False
        return True

    def drop(self, first: Ends) -> None:
        """Free the space of all records before these offsets."""
        places = [TopicPartition(*place, offset) for place, offset in first.items() if offset]
        if places:
            for future in self._admin.delete_records(places).values():
                future.result(_ASK_S)

    def count(self, first: Ends, last: Ends) -> dict[str, Tally]:
        """Read everything between two sets of offsets; markers are no records."""
        left = {place: end for place, end in last.items() if end > first.get(place, 0)}
        found = {topic: Tally() for topic, _ in last}
        with self.reader() as consumer:
            self.assign(consumer, {place: first.get(place, 0) for place in left})
            until = time.monotonic() + _DEADLINE_S
            while left:
                if time.monotonic() > until:
                    raise TimeoutError(f"{len(left)} partitions could not be read to their end")
                for record in consumer.consume(5000, 0.5):
                    if record.error():
                        raise KafkaException(record.error())
                    place = record.topic(), record.partition()
                    key, value = record.key() or b"", record.value() or b""
                    if (key or value) and record.offset() < last[place]:
                        found[place[0]].add(key, value)
                    if record.offset() + 1 >= last[place]:
                        left.pop(place, None)
        return found

    @contextmanager
    def reader(self, **options: Any) -> Iterator[Consumer]:
        """A consumer that belongs to no group."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": "bench",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "fetch.message.max.bytes": 4_194_304,
                **_QUIET,
                **options,
            }
        )
        try:
            yield consumer
        finally:
            consumer.close()

    def assign(self, consumer: Consumer, first: Ends) -> None:
        """Let a reader begin at these offsets."""
        consumer.assign([TopicPartition(*place, offset) for place, offset in first.items()])

    def _await_leaders(self, topics: Sequence[str]) -> None:
        until = time.monotonic() + _DEADLINE_S
        while True:
            try:
                self.ends(topics)
            except KafkaException as error:
                if time.monotonic() > until:
                    raise TimeoutError(f"{topics[0]} and others have no leader: {error}") from error
                # Once it has found none it may look no more: another asks anew.
                self._admin = self._administrator()
                time.sleep(0.5)
            else:
                return


@contextmanager
def broker() -> Iterator[Broker]:
    """A broker of this run's own, whose Java is started as that of a deployed one.

    Raises:
        UnavailableError: Kafka can't be had here.
    """
    with cluster(extra=_LINES, java=DEPLOYED) as running:
        yield Broker(running)
