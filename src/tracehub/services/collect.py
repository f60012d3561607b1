"""Collect: ask a system that cannot push, and publish what it hands over as raw records.

The cursor is saved only after the records are acknowledged, with where the raw topics ended then.
Whoever goes on from it finds behind those ends what was published of the next page before a crash,
and leaves it out: a document that comes under the same cursor again lies on the log once. Of many
processes one asks at a time: who owns the partition of `state.collect.<connection>` that holds the
cursor. Must not know how the system is asked.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, TypeAlias

import orjson

from tracehub.bus import topics
from tracehub.bus.partition import partition_for
from tracehub.bus.port import Bus, Subscription
from tracehub.clock import Clock
from tracehub.connect.port import Collector, Page
from tracehub.errors import FencedError, RetryError
from tracehub.model.record import Record, header_value
from tracehub.services.waiting import pause, stretch, whole
from tracehub.telemetry.health import Pulse
from tracehub.telemetry.log import Logger

_LOOK_S: Final = 0.2
"""How long to wait before looking again whose turn it is."""
_ENDS: Final = "ends"
"""Header of a saved cursor: the ends of the raw topics when all before it was on them."""


_MOST: Final = 10_000
"""Records of a partition that are compared with a page: who else publishes there may have more."""
Lying: TypeAlias = tuple[str, bytes]
"""A raw topic, and the digest of a record's value."""


class Reached(NamedTuple):
    """How far a connection has been collected.

    Attributes:
        cursor: the saved one.
        laid: of the page after it, how often what lies on the raw topics already.
    """

    cursor: str
    laid: Counter[Lying]


@dataclass(slots=True)
class Collect:
    """One connection's loop: ask, publish, save the cursor, wait."""

    connection: str
    categories: tuple[str, ...]
    collector: Collector
    bus: Bus
    clock: Clock
    every_s: float
    backoff: Callable[[int], float]
    log: Logger
    pulse: Pulse
    stopping: asyncio.Event

    async def run(self) -> None:
        """Collect until stopped, while the cursor's partition is ours; wait while it is not."""
        topic = topics.state_collect(self.connection)
        partition = partition_for(self.connection.encode(), len(await self.bus.ends(topic)))
        group = topics.collect_group(self.connection)
        async with self.bus.subscribe([topic], group=group) as turn, asyncio.TaskGroup() as tasks:
            self.pulse.ready = True
            tasks.create_task(_keep(turn))
            while not self.stopping.is_set():
                epoch = turn.epoch(topic, partition)
                if epoch >= 0:
                    await self._turn(partial(_ours, turn, topic, partition, epoch))
                else:
                    await pause(self.clock, _LOOK_S, self.stopping)
            turn.stop()

    async def _turn(self, ours: Callable[[], bool]) -> None:
        """Collect from the saved cursor on, until stopped or the turn is another's."""
        reached: Reached | None = None
        failures = 0
        while ours() and not self.stopping.is_set():
            try:
                reached = reached or await self._reached()
                page = await self.collector.collect(reached.cursor)
                if not ours():
                    return
                await self._publish(page, reached.laid)
            except RetryError as error:
                failures += 1
                reached = None  # how much of the page is on the log is not known
                self.log.warning("collect_failed", error=error.text, failures=failures)
                delay_s = max(error.after_s, self.backoff(failures))
                await pause(self.clock, delay_s, self.stopping)
                continue
            failures = 0
            if page.cursor == reached.cursor:
                await pause(self.clock, self.every_s, self.stopping)
            reached = Reached(page.cursor, Counter())

    async def _publish(self, page: Page, laid: Counter[Lying]) -> None:
        fresh = []
        for each in page.records:
            if each.category not in self.categories:
                raise RetryError(
                    f"{self.connection} handed over a record of category {each.category!r}, which "
                    "it does not list; add the category to the connection and start again"
                )
            topic = topics.raw(each.category, self.connection)
            if laid[lying := _lying(topic, each.value)] > 0:
                laid[lying] -= 1
            else:
                fresh.append(Record(topic, each.key, each.value))
        await self.bus.publish(fresh)
        if page.records:
            ends = orjson.dumps(await self.bus.ends_of(self._raw()))
            topic, key = topics.state_collect(self.connection), self.connection.encode()
            await self.bus.publish([Record(topic, key, page.cursor.encode(), ((_ENDS, ends),))])

    async def _reached(self) -> Reached:
        """The saved cursor, and what was published after it was saved.

        Raises:
            RetryError: the log did not answer.
        """
        cursor, saved = "", None
        async for received in whole(self.bus, topics.state_collect(self.connection)):
            cursor, saved = received.value.decode(), header_value(received.headers, _ENDS)
        laid: Counter[Lying] = Counter()
        if cursor and saved is None:  # saved by a hub that did not note them
            return Reached(cursor, laid)
        firsts: Mapping[str, Sequence[int]] = orjson.loads(saved or b"{}")
        for topic, ends in (await self.bus.ends_of(self._raw())).items():
            known = dict(enumerate(firsts.get(topic, ())))
            for partition, end in enumerate(ends):
                first = max(known.get(partition, 0), end - _MOST)
                async for received in stretch(self.bus, topic, partition, first, end):
                    laid[_lying(topic, received.value)] += 1
        return Reached(cursor, laid)

    def _raw(self) -> Sequence[str]:
        return [topics.raw(each, self.connection) for each in self.categories]


def _lying(topic: str, value: bytes) -> Lying:
    return topic, hashlib.sha256(value).digest()


def _ours(turn: Subscription, topic: str, partition: int, epoch: int) -> bool:
    """Whether the partition has been ours since that assignment."""
    return turn.epoch(topic, partition) == epoch


async def _keep(turn: Subscription) -> None:
    """Stay in the group: take what the topic hands out, which is nothing but cursors."""
    async for batch in turn:
        with suppress(FencedError):
            await turn.commit(batch)
