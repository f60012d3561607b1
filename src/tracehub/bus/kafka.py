"""KafkaBus: the log on Apache Kafka 4.x. Only the files `kafka*.py` here import aiokafka.

That nothing is lost rests on "await every acknowledgement, then commit", never on transactions;
every wait has a deadline of our own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import chain

from aiokafka import AIOKafkaConsumer, TopicPartition

from tracehub.bus.compiled import Batches
from tracehub.bus.kafka_asking import hasten_asking
from tracehub.bus.kafka_batches import guard_fetches
from tracehub.bus.kafka_connection import guard_connections
from tracehub.bus.kafka_deadline import within
from tracehub.bus.kafka_group import KafkaSubscription
from tracehub.bus.kafka_pacing import pace_asking
from tracehub.bus.kafka_reader import KafkaReader
from tracehub.bus.kafka_settings import MEMBER, Deadlines, Security, client_options
from tracehub.bus.kafka_topics import KafkaTopics
from tracehub.bus.kafka_writer import KafkaWriter
from tracehub.bus.partition import partition_for, positions
from tracehub.bus.port import Subscription, TopicSpec
from tracehub.errors import ConfigError
from tracehub.model.record import Placed, Position, Received, Record

__all__ = ["Deadlines", "KafkaBus", "Security"]


class KafkaBus:
    """`Bus` on a Kafka cluster. Use `KafkaBus.open()`."""

    def __init__(  # noqa: PLR0913 - assembled by open() alone
        self,
        servers: Sequence[str],
        security: Security,
        deadlines: Deadlines,
        *,
        replication: int,
        min_insync: int,
        max_records: int,
        batches: Batches | None,
    ) -> None:
        guard_fetches(batches)
        guard_connections()
        hasten_asking()
        pace_asking()
        self._options = client_options(servers, security)
        self._deadlines = deadlines
        self._max_records = max_records
        self._topics = KafkaTopics(self._options, deadlines, replication, min_insync)
        self._reader = KafkaReader(self._options, deadlines)
        self.writer = KafkaWriter(self._options, deadlines.append_s, batches)

    @classmethod
    @asynccontextmanager
    async def open(  # noqa: PLR0913 - what an operator sets, and deadlines
        cls,
        servers: Sequence[str],
        *,
        security: Security | None = None,
        replication: int = 3,
        min_insync: int = 2,
        max_records: int = 1000,
        deadlines: Deadlines | None = None,
        batches: Batches | None = None,
    ) -> AsyncIterator[KafkaBus]:
        """A bus; connections are made when they are needed.

        Args:
            servers: bootstrap servers, host:port.
            security: how they are reached; plain text when None.
            replication: replicas of a topic that this bus creates.
            min_insync: how many of them must have a record before it is acknowledged.
            max_records: the most records in one batch of a subscription.
            deadlines: the longest waits.
            batches: the compiled parts that read and write batches; the client does it when None.
        """
        bus = cls(
            servers,
            security or Security(),
            deadlines or Deadlines(),
            replication=replication,
            min_insync=min_insync,
            max_records=max_records,
            batches=batches,
        )
        try:
            yield bus
        finally:
            await bus.writer.close()
            await bus._reader.close()
            await bus._topics.close()

    async def publish(self, records: Sequence[Record]) -> None:
        """Append every record; return when all are acknowledged by enough replicas."""
        if records:
            await self.writer.append(_rows(await self._placed(records)))

    async def publish_placed(self, placed: Placed) -> None:
        """As `publish()`, of rows whose places are known."""
        if placed:
            self._check(placed, await self._topics.counts({topic for topic, _ in placed}))
            await self.writer.append(placed)

    async def append(self, records: Sequence[Record]) -> Sequence[Position]:
        """As `publish()`; says where each record lies, in their order."""
        if not records:
            return ()
        placed = await self._placed(records)
        offsets = await self.writer.append(_rows(placed))
        return positions(
            records,
            {place: zip(placed[place], chain(*offsets[place]), strict=True) for place in placed},
        )

    async def _placed(
        self, records: Sequence[Record]
    ) -> Mapping[tuple[str, int], Sequence[Record]]:
        """Records by the partition that each goes to."""
        counts = await self._topics.counts({each[0] for each in records})
        placed: dict[tuple[str, int], list[Record]] = {}
        for record in records:
            topic, key, _, _, partition = record
            if partition is None:
                partition = partition_for(key, counts[topic])
            share = placed.get((topic, partition))
            if share is None:
                share = placed[topic, partition] = []
            share.append(record)
        self._check(placed, counts)
        return placed

    @staticmethod
    def _check(places: Iterable[tuple[str, int]], counts: Mapping[str, int]) -> None:
        for topic, partition in places:
            if partition >= counts[topic]:
                raise ConfigError(
                    f"a record for partition {partition} of {topic}, which has {counts[topic]}; "
                    "topics of one flow need one partition count, bus.partitions"
                )

    def subscribe(
        self, topics: Sequence[str], *, group: str
    ) -> AbstractAsyncContextManager[Subscription]:
        """Join a group."""
        return self._subscribed(tuple(topics), group)

    @asynccontextmanager
    async def _subscribed(self, topics: Sequence[str], group: str) -> AsyncIterator[Subscription]:
        await self._topics.counts(topics)
        consumer = AIOKafkaConsumer(**self._options, **MEMBER, group_id=group)
        subscription = KafkaSubscription(
            consumer, self._topics, group, deadlines=self._deadlines, max_records=self._max_records
        )
        try:
            await within(self._deadlines.ask_s, "let us in", consumer.start)
            subscription.join(topics)
            yield subscription
        finally:
            await subscription.leave()

    async def ensure(self, topics: Sequence[TopicSpec]) -> None:
        """Create what is missing, with the settings that no loss rests on."""
        await self._topics.ensure(topics)

    async def ends(self, topic: str) -> tuple[int, ...]:
        """The next offset of each partition."""
        return (await self.ends_of([topic]))[topic]

    async def ends_of(self, topics: Collection[str]) -> Mapping[str, tuple[int, ...]]:
        """As `ends()`, of several topics by one question."""
        counts = await self._topics.counts(topics)
        places = {each: [TopicPartition(each, n) for n in range(counts[each])] for each in topics}
        found = await self._reader.ends([*chain.from_iterable(places.values())])
        return {topic: tuple(found[each] for each in own) for topic, own in places.items()}

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Received]:
        """Up to `limit` records from `offset` on."""
        await self._topics.counts([topic])
        return await self._reader.read(TopicPartition(topic, partition), offset, limit)


def _rows(placed: Mapping[tuple[str, int], Sequence[Record]]) -> Placed:
    return {place: [each[1:4] for each in records] for place, records in placed.items()}
