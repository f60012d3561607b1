"""The trail: links go on where they were, whatever becomes of a batch or of the member."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from tests.unit.services.conftest import as_raw
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.facts import facts_of
from tracehub.model.record import Received
from tracehub.model.sequence import MARKER_ITEM, NONE, UNKNOWN
from tracehub.services.checkpoint import Checkpoints
from tracehub.services.trail import Trail
from tracehub.telemetry.log import silent

EVENT = topics.event("food")
VERSION = b"\1\2\3\4"


def trail(bus: Bus) -> Trail:
    return Trail(Checkpoints(bus, topics.STATE_EXCHANGE, silent()), VERSION)


def raw(offset: int) -> Received:
    return as_raw(b"", offset=offset)


async def batch(bus: Bus, member: Trail, first: int, last: int) -> tuple[int, int]:
    """Follow one output per record; returns the link of the first."""
    links = await member.begin(raw(first))
    found = [links.follow(EVENT, (offset, 0)) for offset in range(first, last + 1)]
    await bus.publish([member.end(raw(last))])
    return found[0]


async def test_links_when_batches_follow_each_other_go_on(bus: Bus) -> None:
    member = trail(bus)
    assert await batch(bus, member, 0, 2) == NONE
    assert await batch(bus, member, 3, 5) == (2, 0)


async def test_links_when_a_batch_is_read_again_are_the_same_again(bus: Bus) -> None:
    member = trail(bus)
    await batch(bus, member, 0, 2)
    assert await batch(bus, member, 3, 5) == (2, 0)
    assert await batch(bus, member, 3, 8) == (2, 0)
    assert await batch(bus, member, 9, 9) == (8, 0)


async def test_links_when_another_member_takes_over_go_on_from_its_checkpoint(bus: Bus) -> None:
    await batch(bus, trail(bus), 0, 2)
    heir = trail(bus)
    assert await batch(bus, heir, 3, 5) == (2, 0)
    assert await batch(bus, trail(bus), 3, 4) == (2, 0)
    assert await batch(bus, heir, 6, 6) == (5, 0)


async def test_links_when_the_partition_went_on_elsewhere_are_read_afresh(bus: Bus) -> None:
    member = trail(bus)
    await batch(bus, member, 0, 2)
    await batch(bus, trail(bus), 3, 5)
    assert await batch(bus, member, 6, 6) == (5, 0)


async def test_links_when_no_checkpoint_reaches_so_far_back_are_unknown(bus: Bus) -> None:
    assert await batch(bus, trail(bus), 40, 41) == UNKNOWN


async def test_marker_when_a_batch_has_passed_tells_its_last_place_once(bus: Bus) -> None:
    member = trail(bus)
    await batch(bus, member, 0, 2)
    await member.mark(bus)
    assert (await bus.ends(EVENT))[2] == 0
    member.passed(raw(2))
    await member.mark(bus)
    await member.mark(bus)
    (marker,) = await bus.read(EVENT, 2, 0, 10)
    facts = facts_of(marker.headers)
    assert (facts.item, facts.previous, facts.position) == (MARKER_ITEM, (2, 0), raw(2).position)
    assert marker.value == b""


async def test_marker_when_the_partition_goes_on_tells_the_new_place(bus: Bus) -> None:
    member = trail(bus)
    for first, last in ((0, 2), (3, 5)):
        await batch(bus, member, first, last)
        member.passed(raw(last))
        await member.mark(bus)
    markers = await bus.read(EVENT, 2, 0, 10)
    assert [facts_of(each.headers).previous for each in markers] == [(2, 0), (5, 0)]


class Owned:
    """What a group gives: partition 2 of some topics, by one assignment after the other."""

    def __init__(self, *topics: str) -> None:
        self.number = 1
        self._topics = topics

    def epoch(self, topic: str, partition: int) -> int:
        return self.number if topic in self._topics and partition == 2 else -1

    def assigned(self) -> Mapping[str, tuple[int, ...]]:
        return dict.fromkeys(self._topics, (2,))


class Counted(Checkpoints):
    """Checkpoints, and how often they were read on."""

    asked = 0

    async def catch_up(self, partitions: Collection[int]) -> None:
        self.asked += 1
        await super().catch_up(partitions)


def owner(bus: Bus) -> tuple[Counted, Trail, Owned]:
    """A member to which a group gives a second topic, too."""
    counted, owned = (
        Counted(bus, topics.STATE_EXCHANGE, silent()),
        Owned(raw(0).topic, "raw.drug.x"),
    )
    member = Trail(counted, VERSION)
    member.joined(owned)
    return counted, member, owned


async def test_links_when_an_assignment_is_new_are_loaded_once_for_all_of_it(bus: Bus) -> None:
    await batch(bus, trail(bus), 0, 2)
    counted, member, _ = owner(bus)
    await member.read([raw(0)._replace(topic="raw.drug.x")])
    await member.read([raw(3)])
    assert await batch(bus, member, 3, 5) == (2, 0)
    await member.begin(raw(0)._replace(topic="raw.drug.x"))
    assert counted.asked == 1


async def test_links_when_the_partition_was_away_since_they_were_loaded_are_loaded_anew(
    bus: Bus,
) -> None:
    await batch(bus, trail(bus), 0, 2)
    counted, member, owned = owner(bus)
    await member.read([raw(3)])
    owned.number += 1
    await batch(bus, trail(bus), 3, 5)
    assert await batch(bus, member, 6, 6) == (5, 0)
    assert counted.asked == 2


async def test_links_when_our_own_batches_are_set_back_are_loaded_anew(bus: Bus) -> None:
    counted, member, _ = owner(bus)
    await member.read([raw(0)])
    for first, last in ((0, 2), (3, 5), (6, 8)):
        await batch(bus, member, first, last)
        await member.read([raw(last + 1)])
    assert counted.asked == 1
    assert await batch(bus, member, 3, 5) == (2, 0)
    assert counted.asked == 2


async def test_links_when_a_batch_began_while_they_were_loaded_are_not_taken_for_fresh(
    bus: Bus,
) -> None:
    counted, member, _ = owner(bus)
    reading = asyncio.create_task(member.read([raw(0)]))
    await asyncio.sleep(0)
    for first, last in ((0, 2), (3, 5)):
        await batch(bus, member, first, last)
    await reading
    asked = counted.asked
    assert await batch(bus, member, 0, 1) == NONE
    assert counted.asked == asked + 1
