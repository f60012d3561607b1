"""Switches: from which raw offset on which edition of the catalogue holds, the same for everyone.

All is recorded on `control.rules`, in the partition with the number of the raw partition, and is
never changed. A switch is made in two steps, so that a member that lost its partition and goes on
can't have published anything behind it by the old edition:

1. a proposal names the next edition; it is durable before
2. the end of the raw partition is read; the switch names that offset.

Before it publishes what a batch comes to, a member reads `control.rules` to its end, and asks for
that end when it knows already that the batch lies on the log. It may judge while the log answers,
and judges again when the answer says something else. If it sees no proposal, all of the batch was
in the raw partition before the proposal, so it lies before the switch. If it sees a proposal
without a switch it completes it. So one question is enough for all that was known to lie there when
it was asked. Of several switches for one proposal the first holds. Every record has a key of its
own, so compaction takes none away. Must not know what an edition says.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Final, Protocol

import orjson

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError, RetryError
from tracehub.model.record import Received, Record
from tracehub.services.answers import Answers, end_of
from tracehub.services.course import Course, Step, Switch, Wanted, read_found
from tracehub.services.editions import Editions
from tracehub.services.legible import legible
from tracehub.services.ruling import Judge, load_ruling
from tracehub.services.waiting import stretch, whole
from tracehub.telemetry.log import Logger

_EDITION: Final = b"edition/"
"""Before the version of an edition, in the key of the record that holds it."""
_STEP: Final = re.compile(rb"([\w.-]+)/(\d+)/(\d+)/.")
"""The key of a step: raw topic, partition, number; then who wrote it."""

Place = tuple[str, int]
"""A raw topic and the number of a partition."""


class Reading(Protocol):
    """What is asked of a subscription."""

    def known(self) -> Mapping[Place, int]:
        """Up to which offset a partition is known to reach."""
        ...


async def recorded(bus: Bus, log: Logger) -> Mapping[Place, Sequence[Switch]]:
    """Every switch that holds, by raw topic and partition; `log` is told what can't be read.

    Raises:
        RetryError: the log did not answer.
    """
    courses: dict[Place, Course] = {}
    async for received in whole(bus, topics.control(topics.RULES)):
        _fold(courses, received, log)
    return {place: tuple(course.switches) for place, course in courses.items()}


def _fold(courses: dict[Place, Course], received: Received, log: Logger) -> None:
    """Take what a record says; every member passes over the same ones, those of nobody's make."""
    if received.key.startswith(_EDITION):
        return
    found = legible(received, read_found, log)
    of = _STEP.match(received.key)
    if found is None or of is None:
        return
    topic, partition, number = of.group(1).decode(), int(of.group(2)), int(of.group(3))
    if (partition, number) == (received.partition, found["index"]):
        courses.setdefault((topic, partition), Course()).take(found)


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
        self._known: Callable[[], Mapping[Place, int]] = dict
        self._member = member
        self._log = log
        self._written = 0
        self._read_to: dict[int, int] = {}
        self._answers = Answers()
        self._question: asyncio.Task[None] | None = None
        self._courses: dict[Place, Course] = {}
        self._texts: dict[str, bytes] = {}
        self._base = judge
        self._judges: dict[str, Judge] = {judge.version.hex(): judge}

    def joined(self, subscription: Reading) -> None:
        """Ask once for all that a subscription knows of; before, each batch is asked for."""
        self._known = subscription.known

    async def read(self, batch: Sequence[Received]) -> None:
        """Ask what holds for a batch, if that is not known: it can be done before it is its turn.

        Where something holds already the answer is not waited for: who publishes asks `sure()`.

        Raises:
            RetryError: the log did not answer.
        """
        place, end = end_of(batch)
        if self._is_asked(place, end):
            return
        heard = self._heard(place, end)
        if self._question is None and self._holds(place):
            self._answers.ask(heard)
            self._question = asyncio.create_task(self._ask(heard))
            self._question.add_done_callback(self._over)
        else:
            await self._ask(heard)

    async def sure(self, batches: Sequence[Sequence[Received]]) -> None:
        """Make sure that batches were judged by what holds.

        Raises:
            RetryError: one was not, or the log did not answer; judge them again.
        """
        for batch in batches:
            place, end = end_of(batch)
            switches = self._answers.doubted(batch)
            if switches is None:
                continue
            if self._question is not None:
                await self._question
            if not self._answers.known(place, end):
                await self._ask(self._heard(place, end))
            await self._settle([place])
            if self._courses[place].before(end) != switches:
                raise RetryError(f"another edition holds for {place[0]}/{place[1]} before {end}")

    async def judges(self, batch: Sequence[Received]) -> Sequence[tuple[Judge, Sequence[Received]]]:
        """Who judges which part of a batch of one raw partition, in its order.

        Raises:
            RetryError: the log did not answer; nothing was judged.
        """
        place, end = end_of(batch)
        if not self._is_asked(place, end):
            await self._ask(self._heard(place, end))
        await self._settle([place])
        course = self._courses[place]
        self._answers.doubt(batch, course.before(end))
        last = course.switches[-1]
        if last.first <= batch[0].offset:
            return [(self._judge(last.edition), batch)]
        return [
            (self._judge(edition), list(part))
            for edition, part in groupby(batch, key=lambda each: course.at(each.offset))
        ]

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
        await self._settle([*self._courses])

    def _is_asked(self, place: Place, end: int) -> bool:
        if self._answers.known(place, end):
            return True
        return self._holds(place) and self._answers.asked(place, end)

    def _holds(self, place: Place) -> bool:
        course = self._courses.get(place)
        return course is not None and bool(course.switches)

    def _heard(self, place: Place, end: int) -> Mapping[Place, int]:
        """Up to where partitions reach, heard of before the end of the rules is asked for.

        What that says holds for all of it, and for nothing else.
        """
        return {place: end, **self._known()}

    async def _ask(self, known: Mapping[Place, int]) -> None:
        await self._catch_up({partition for _, partition in known})
        self._answers.tell(known)
        await self._settle([each for each in known if each not in self._courses])

    def _over(self, question: asyncio.Task[None]) -> None:
        self._question = None
        self._answers.over()
        if not question.cancelled():
            question.exception()  # told to those who wait for it; the others ask again

    async def _settle(self, places: Collection[Place]) -> None:
        """Record what is left to record of some partitions, all together, until nothing is."""
        while steps := self._steps(places):
            # Before anything is recorded: whoever shares a partition may be the first to read it.
            before = {place: self._courses[place].reached() for place in steps}
            await self._record(steps)
            await self._catch_up({partition for _, partition in steps})
            for place, reached in before.items():
                self._note(place, reached)
            places = [*steps]

    def _steps(self, places: Collection[Place]) -> dict[Place, Step]:
        wanted = self.editions.wanted
        steps = {}
        for place in places:
            step = self._courses.setdefault(place, Course()).next(wanted)
            if step is not None:
                steps[place] = step
        return steps

    def _note(self, place: Place, before: tuple[int, Wanted | None]) -> None:
        """Tell of a new switch; what was recorded must be there."""
        course, (topic, partition) = self._courses[place], place
        if course.reached() == before:
            raise RetryError(f"{topics.control(topics.RULES)} does not show what it took")
        if len(course.switches) > before[0]:
            last = course.switches[-1]
            self._log.info(
                "catalogue_switched",
                topic=topic,
                partition=partition,
                first=last.first,
                edition=last.edition,
            )

    async def _record(self, steps: Mapping[Place, Step]) -> None:
        """Publish the next step of some partitions, and the wanted edition if one names it."""
        rules, wanted = topics.control(topics.RULES), self.editions.ruling
        ending = [place for place, step in steps.items() if step.ending]
        ends = await self._bus.ends_of({topic for topic, _ in ending}) if ending else {}
        version, editions, records = wanted.version.hex(), {}, []
        for (topic, partition), step in steps.items():
            self._written += 1
            key = f"{topic}/{partition}/{step.number}/{self._member}-{self._written}".encode()
            value = orjson.dumps(step.found(ends[topic][partition] if step.ending else 0))
            records.append(Record(rules, key, value, partition=partition))
            if step.edition[0] == version:
                content = _EDITION + version.encode()
                editions[partition] = Record(rules, content, wanted.dump(), partition=partition)
        await self._bus.publish([*editions.values(), *records])

    async def _catch_up(self, partitions: Collection[int]) -> None:
        if partitions:
            ends = await self._bus.ends(topics.control(topics.RULES))
            for partition in sorted(partitions):
                await self._read_on(partition, ends[partition])

    async def _read_on(self, partition: int, end: int) -> None:
        first = self._read_to.get(partition, 0)
        rules = topics.control(topics.RULES)
        async for received in stretch(self._bus, rules, partition, first, end):
            if received.key.startswith(_EDITION):
                self._texts[received.key.removeprefix(_EDITION).decode("ascii", "replace")] = (
                    received.value
                )
            _fold(self._courses, received, self._log)
        if partition not in self._read_to:  # by whoever was here first
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
