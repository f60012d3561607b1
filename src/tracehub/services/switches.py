"""Switches: from which raw offset on which edition of the catalogue holds, the same for everyone.

All is recorded on `control.rules`, in the partition with the number of the raw partition, and is
never changed. A switch is made in two steps, so that a member that lost its partition and goes on
can't have judged anything behind it by the old edition:

1. a proposal names the next edition; it is durable before
2. the end of the raw partition is read; the switch names that offset.

Before it judges a batch, a member reads `control.rules` to its end, and asks for that end when it
knows already that the batch lies on the log. If it sees no proposal, all of the batch was in the
raw partition before the proposal, so it lies before the switch. If it sees a proposal without a
switch it completes it. So one question is enough for all that was known to lie there when it was
asked. Of several switches for one proposal the first holds. Every record has a key of its own, so
compaction takes none away. Must not know what an edition says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple, Protocol

import orjson

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError, RetryError
from tracehub.model.record import Received, Record
from tracehub.services.editions import Editions
from tracehub.services.ruling import Judge, load_ruling
from tracehub.services.waiting import stretch, whole
from tracehub.telemetry.log import Logger

_EDITION: Final = b"edition/"
"""Before the version of an edition, in the key of the record that holds it."""


class Reading(Protocol):
    """What is asked of a subscription."""

    def known(self) -> Mapping[tuple[str, int], int]:
        """Up to which offset a partition is known to reach."""
        ...


class Switch(NamedTuple):
    """From raw offset `first` on the edition with this version (hex) holds.

    `ordinal` orders editions in time (see `Editions`).
    """

    first: int
    edition: str
    ordinal: int


@dataclass(slots=True)
class _Course:
    """What is recorded of one raw partition.

    Attributes:
        switches: in their order; the first is from offset 0.
        proposed: the edition and ordinal of the next one, when its offset is not recorded yet.
        inherited: how many switches were there when this member came.
    """

    switches: list[Switch] = field(default_factory=list)
    proposed: tuple[str, int] | None = None
    inherited: int = 0

    def take(self, found: Mapping[str, Any]) -> None:
        """Fold one record; one that comes too late has no effect."""
        if found["index"] != len(self.switches):
            return
        edition = found["edition"], found["ordinal"]
        if "first" not in found:
            self.proposed = self.proposed or edition
        elif not self.switches or self.proposed == edition:
            self.switches.append(Switch(found["first"], *edition))
            self.proposed = None

    def at(self, offset: int) -> str:
        """The edition that holds at a raw offset."""
        return next(each.edition for each in reversed(self.switches) if each.first <= offset)


async def recorded(bus: Bus) -> Mapping[tuple[str, int], Sequence[Switch]]:
    """Every switch that holds, by raw topic and partition.

    Raises:
        RetryError: the log did not answer.
    """
    courses: dict[tuple[str, int], _Course] = {}
    async for received in whole(bus, topics.control(topics.RULES)):
        _fold(courses, received)
    return {place: tuple(course.switches) for place, course in courses.items()}


def _fold(courses: dict[tuple[str, int], _Course], received: Received) -> None:
    if not received.key.startswith(_EDITION):
        topic, _, _ = received.key.decode().partition("/")
        course = courses.setdefault((topic, received.partition), _Course())
        course.take(orjson.loads(received.value))


class Switches:
    """The editions of every raw partition that this member reads.

    Attributes:
        editions: the edition that is wanted now.

    Args:
        bus: where they are recorded.
        judge: judges by what the files say; others are made from it.
        editions: as above.
        member: a text that no other member has.
        log: where a switch is told.
    """

    def __init__(
        self, bus: Bus, judge: Judge, editions: Editions, member: str, log: Logger
    ) -> None:
        self._bus = bus
        self.editions = editions
        self._known: Callable[[], Mapping[tuple[str, int], int]] = dict
        self._member = member
        self._log = log
        self._written = 0
        self._read_to: dict[int, int] = {}
        self._asked: dict[tuple[str, int], int] = {}
        self._courses: dict[tuple[str, int], _Course] = {}
        self._texts: dict[str, bytes] = {}
        self._base = judge
        self._judges: dict[str, Judge] = {judge.version.hex(): judge}

    async def judges(self, batch: Sequence[Received]) -> Sequence[tuple[Judge, Sequence[Received]]]:
        """Who judges which part of a batch of one raw partition, in its order.

        Raises:
            RetryError: the log did not answer; nothing was judged.
        """
        place = batch[0].topic, batch[0].partition
        if batch[-1].offset >= self._asked.get(place, 0):
            await self._ask({place: batch[-1].offset + 1, **self._known()})
        course = await self._course(*place)
        last = course.switches[-1]
        if last.first <= batch[0].offset:
            return [(self._judge(last.edition), batch)]
        return [
            (self._judge(edition), list(part))
            for edition, part in groupby(batch, key=lambda each: course.at(each.offset))
        ]

    def joined(self, subscription: Reading) -> None:
        """Ask once for all that a subscription knows of; before, each batch is asked for."""
        self._known = subscription.known

    def newest(self) -> Judge:
        """Who judges by what is wanted now, whatever holds on the log."""
        ruling = self.editions.ruling
        return self._judges.get(ruling.version.hex()) or self._base.under(ruling)

    async def settle(self) -> None:
        """Record what is wanted now for every partition known, so that the next record meets it.

        Raises:
            RetryError: the log did not answer; the next batch of each does it.
        """
        await self._catch_up({partition for _, partition in self._courses})
        for topic, partition in tuple(self._courses):
            await self._course(topic, partition)

    async def _ask(self, known: Mapping[tuple[str, int], int]) -> None:
        """Read on, for all that is `known` to lie on the log before the end is asked for."""
        await self._catch_up({partition for _, partition in known})
        self._asked.update(known)

    async def _course(self, topic: str, partition: int) -> _Course:
        """What is recorded, once nothing is left to record."""
        course = self._courses.setdefault((topic, partition), _Course())
        while True:
            # Before anything is recorded: whoever shares the partition may be the first to read it.
            known = len(course.switches), course.proposed
            if await self._is_settled(topic, partition, course):
                return course
            await self._catch_up({partition})
            if known == (len(course.switches), course.proposed):
                raise RetryError(f"{topics.control(topics.RULES)} does not show what it took")
            if len(course.switches) > known[0]:
                last = course.switches[-1]
                self._log.info(
                    "catalogue_switched",
                    topic=topic,
                    partition=partition,
                    first=last.first,
                    edition=last.edition,
                )

    async def _is_settled(self, topic: str, partition: int, course: _Course) -> bool:
        """Record the next thing that is to be recorded; True when there is none."""
        wanted = self.editions.ruling.version.hex(), self.editions.ordinal
        if not course.switches:
            await self._record(topic, partition, course, wanted, first=0)
        elif course.proposed is not None:
            end = (await self._bus.ends(topic))[partition]
            await self._record(topic, partition, course, course.proposed, first=end)
        elif self._is_newer(wanted, course):
            await self._record(topic, partition, course, wanted)
        else:
            return True
        return False

    @staticmethod
    def _is_newer(wanted: tuple[str, int], course: _Course) -> bool:
        """Is the wanted edition to follow the last one?

        Files have no time: theirs is taken only in place of what was there when this member came.
        """
        last = course.switches[-1]
        if wanted[0] == last.edition:
            return False
        inherited = len(course.switches) <= course.inherited
        return wanted[1] > last.ordinal or (wanted[1] == last.ordinal and inherited)

    async def _record(
        self,
        topic: str,
        partition: int,
        course: _Course,
        edition: tuple[str, int],
        first: int | None = None,
    ) -> None:
        """Publish a proposal, or a switch with its offset, and the edition if it is not there."""
        version, ordinal = edition
        self._written += 1
        index = len(course.switches)
        key = f"{topic}/{partition}/{index}/{self._member}-{self._written}".encode()
        found: dict[str, Any] = {"index": index, "edition": version, "ordinal": ordinal}
        if first is not None:
            found["first"] = max(first, course.switches[-1].first if course.switches else 0)
        rules = topics.control(topics.RULES)
        records = [Record(rules, key, orjson.dumps(found), partition=partition)]
        wanted = self.editions.ruling
        if version == wanted.version.hex():
            content = _EDITION + version.encode()
            records.insert(0, Record(rules, content, wanted.dump(), partition=partition))
        await self._bus.publish(records)

    async def _catch_up(self, partitions: Collection[int]) -> None:
        if partitions:
            ends = await self._bus.ends(topics.control(topics.RULES))
            for partition in sorted(partitions):
                await self._read_on(partition, ends[partition])

    async def _read_on(self, partition: int, end: int) -> None:
        first = self._read_to.get(partition)
        rules = topics.control(topics.RULES)
        async for received in stretch(self._bus, rules, partition, first or 0, end):
            if received.key.startswith(_EDITION):
                self._texts[received.key.removeprefix(_EDITION).decode()] = received.value
            _fold(self._courses, received)
        if first is None:
            for (_, number), course in self._courses.items():
                if number == partition:
                    course.inherited = len(course.switches)
        self._read_to[partition] = end

    def _judge(self, version: str) -> Judge:
        found = self._judges.get(version)
        if found is None:
            text = self._texts.get(version)
            if text is None:
                raise ConfigError(
                    f"{topics.control(topics.RULES)} names edition {version} of the catalogue and "
                    "does not hold it; restore the topic"
                )
            found = self._judges[version] = self._base.under(load_ruling(text))
        return found
