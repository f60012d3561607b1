"""What Kafka knows of topics and groups: partition counts, creation, committed offsets.

Must not know records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    LeaderNotAvailableError,
    TopicAuthorizationFailedError,
    for_code,
)

from tracehub.bus.kafka_deadline import stopped, within
from tracehub.bus.kafka_settings import Deadlines, topic_options
from tracehub.bus.port import TopicSpec
from tracehub.errors import ConfigError

T = TypeVar("T")
_CREATED: Final = 0
_EXISTS: Final = 36
_AT_ONCE: Final = 50
_CREATE_S: Final = 60.0


class KafkaTopics:
    """Questions to the cluster. Partition counts never change, so they are asked once."""

    def __init__(
        self, options: Mapping[str, Any], deadlines: Deadlines, replication: int, min_insync: int
    ) -> None:
        self._options = options
        self._deadlines = deadlines
        self._replication = replication
        self._min_insync = min_insync
        self._admin: Any = None
        self._starting = asyncio.Lock()
        self._counts: dict[str, int] = {}

    async def counts(self, topics: Collection[str]) -> Mapping[str, int]:
        """Partition counts, of these topics at least.

        Raises:
            ConfigError: a topic does not exist.
        """
        if not all(each in self._counts for each in topics):
            self._counts = {
                name: len(partitions) for name, partitions in (await self._described()).items()
            }
            for each in topics:
                if each not in self._counts:
                    raise ConfigError(
                        f"there is no topic {each} on this cluster; make it with "
                        "`tracehub topics --create`"
                    )
        return self._counts

    async def ensure(self, specs: Sequence[TopicSpec]) -> None:
        """Create what is missing.

        Raises:
            ConfigError: a topic exists with another partition count, or can't be made.
        """
        described = await self._described()
        for spec in specs:
            count = len(described.get(spec.name, ())) or spec.partitions
            if count != spec.partitions:
                raise ConfigError(
                    f"topic {spec.name} has {count} partitions and should have {spec.partitions}; "
                    "set bus.partitions to that, or make a new topic: partitions are never added"
                )
        missing = iter([spec for spec in specs if spec.name not in described])
        while some := tuple(islice(missing, _AT_ONCE)):
            await self._create(some)

    async def committed(
        self, group: str, places: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, int | None]:
        """The committed offset of each partition, None where there is none."""

        async def ask(admin: Any) -> Mapping[TopicPartition, int | None]:
            found = await admin.list_consumer_group_offsets(group, partitions=list(places))
            if not all(each in found for each in places):
                # An error of the whole group arrives as an answer without partitions.
                raise CoordinatorLoadInProgressError(group)
            return {each: None if found[each].offset < 0 else found[each].offset for each in places}

        return await self._asked("tell committed offsets", ask)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._admin is not None:
            await stopped(self._admin.close)

    async def _described(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        async def ask(admin: Any) -> Mapping[str, Sequence[Mapping[str, Any]]]:
            found = await admin.describe_topics()
            return {each["topic"]: each["partitions"] for each in found}

        return await self._asked("list its topics", ask)

    async def _create(self, specs: Sequence[TopicSpec]) -> None:
        wanted = [
            NewTopic(
                spec.name,
                spec.partitions,
                self._replication,
                topic_configs=dict(topic_options(spec, self._min_insync)),
            )
            for spec in specs
        ]

        async def make(admin: Any) -> None:
            answer = await admin.create_topics(wanted)
            for name, code, *said in answer.topic_errors:
                if code not in {_CREATED, _EXISTS}:
                    error = for_code(code)
                    if error.retriable or error is TopicAuthorizationFailedError:
                        raise error(name)
                    raise ConfigError(
                        f"Kafka can't make topic {name} with {self._replication} replicas: "
                        f"{error.__name__} {' '.join(map(str, said))}; see bus.replication"
                    )

        async def led(admin: Any) -> None:
            names = {spec.name for spec in specs}
            for each in await admin.describe_topics():
                if each["topic"] in names:
                    names -= {each["topic"]} if _led(each) else set()
            if names:
                raise LeaderNotAvailableError(", ".join(sorted(names)))

        await self._asked("create topics", make, _CREATE_S)
        await self._asked("lead new topics", led, _CREATE_S)

    async def _asked(
        self, doing: str, ask: Callable[[Any], Awaitable[T]], deadline_s: float | None = None
    ) -> T:
        async def once() -> T:
            return await ask(await self._ready())

        longest_s = self._deadlines.ask_s if deadline_s is None else deadline_s
        return await within(longest_s, doing, once)

    async def _ready(self) -> Any:
        async with self._starting:
            if self._admin is None:
                admin = AIOKafkaAdminClient(**self._options)
                try:
                    await admin.start()
                except BaseException:
                    await stopped(admin.close)
                    raise
                self._admin = admin
            return self._admin


def _led(topic: Mapping[str, Any]) -> bool:
    return bool(topic["partitions"]) and all(each["leader"] >= 0 for each in topic["partitions"])
