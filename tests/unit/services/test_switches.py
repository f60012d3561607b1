"""Switches: whoever judges an offset judges it by the same edition, now and in every replay."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest

from tests.unit.catalogue.lists import local
from tests.unit.services.conftest import as_raw
from tracehub.app import Judgement
from tracehub.bus import topics
from tracehub.bus.port import Bus, TopicSpec
from tracehub.catalogue.entry import ProductList
from tracehub.errors import ConfigError
from tracehub.model.record import Received, Record
from tracehub.services.editions import Editions, publish_list
from tracehub.services.ruling import Judge
from tracehub.services.switches import Switches
from tracehub.services.waiting import stretch
from tracehub.telemetry.log import silent

RAW = topics.raw("food", "provincial/zhejiang")
PARTITION = 2
LOG = silent()


def version(number: int) -> ProductList:
    return local("category: local-specialty", version=str(number))


class Member:
    """One exchange, as far as editions go."""

    def __init__(self, bus: Bus, judged: Judgement, name: str) -> None:
        self.editions = Editions(bus, judged.normaliser, LOG)
        judge = Judge(judged.normaliser, judged.table, self.editions.ruling.version)
        self.switches = Switches(bus, judge, self.editions, name, LOG)
        self.heard: dict[tuple[str, int], int] = {}
        self.switches.joined(self)

    def known(self) -> dict[tuple[str, int], int]:
        """As a subscription tells it."""
        return self.heard

    async def judge(self, batch: Sequence[Received]) -> dict[int, str]:
        """The edition that each offset of a batch is judged by."""
        return {
            received.offset: judge.normaliser.tables.edition.version.hex()
            for judge, part in await self.switches.judges(batch)
            for received in part
        }


async def append(bus: Bus, count: int) -> None:
    await bus.ensure([TopicSpec(RAW, 3)])
    await bus.publish([Record(RAW, b"k", b"{}", partition=PARTITION) for _ in range(count)])


async def recorded(bus: Bus) -> list[int]:
    """The raw offsets of the switches on the log, in its order."""
    rules = topics.control(topics.RULES)
    end = (await bus.ends(rules))[PARTITION]
    told = [
        orjson.loads(each.value)
        async for each in stretch(bus, rules, PARTITION, 0, end)
        if not each.key.startswith(b"edition/")
    ]
    return [each["first"] for each in told if "first" in each]


def batch(first: int, last: int) -> list[Received]:
    return [as_raw(b"{}", offset=offset) for offset in range(first, last + 1)]


async def test_edition_when_nothing_is_published_is_that_of_the_files_from_the_beginning(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 10)
    member = Member(bus, judged, "a")
    files = judged.normaliser.tables.edition.version.hex()
    assert set((await member.judge(batch(0, 9))).values()) == {files}
    assert await recorded(bus) == [0]


async def test_edition_when_published_holds_from_the_end_of_what_lay_there(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 10)
    member = Member(bus, judged, "a")
    before = (await member.judge(batch(0, 4)))[0]
    edition = await publish_list(bus, version(1), judged.normaliser, LOG)
    await member.editions.look()
    # The records that lay there already may have been judged by a member that went on.
    assert set((await member.judge(batch(5, 9))).values()) == {before}
    await append(bus, 4)
    found = await member.judge(batch(8, 13))
    assert [offset for offset, each in found.items() if each == before] == [8, 9]
    assert {found[offset] for offset in range(10, 14)} == {edition.version.hex()}
    assert await recorded(bus) == [0, 10]


async def test_replay_when_across_switches_is_judged_as_it_was(bus: Bus, judged: Judgement) -> None:
    member = Member(bus, judged, "a")
    first: dict[int, str] = {}
    for number in range(4):
        await append(bus, 5)
        first |= await member.judge(batch(5 * number, 5 * number + 4))
        await publish_list(bus, version(number), judged.normaliser, LOG)
        await member.editions.look()
    assert len(set(first.values())) == 3
    for heir in (Member(bus, judged, "b"), Member(bus, judged, "c")):
        await heir.editions.look()
        assert await heir.judge(batch(0, 19)) == first
    # The last edition had judged nothing yet: it is the first heir that recorded its switch.
    assert await recorded(bus) == [0, 10, 15, 20, 20]


async def test_edition_when_a_member_lags_behind_is_not_taken_back(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 2)
    quick, slow = Member(bus, judged, "a"), Member(bus, judged, "b")
    await quick.judge(batch(0, 0))
    edition = await publish_list(bus, version(1), judged.normaliser, LOG)
    await quick.editions.look()
    await quick.judge(batch(1, 1))
    await append(bus, 2)
    assert (await slow.judge(batch(2, 2)))[2] == edition.version.hex()
    assert len(await recorded(bus)) == 2


async def test_edition_of_files_when_the_hub_starts_with_others_is_taken_once(
    bus: Bus, judged: Judgement
) -> None:
    await append(bus, 3)
    old = Member(bus, judged, "a")
    before = (await old.judge(batch(0, 0)))[0]
    changed = Editions(bus, judged.normaliser, LOG).with_list(version(1))
    other = Judgement(
        judged.connections,
        judged.catalogue,
        judged.codec,
        judged.normaliser.under(changed),
        judged.table,
        judged.version,
    )
    new = Member(bus, other, "b")
    assert (await new.judge(batch(1, 2)))[2] == before
    await append(bus, 1)
    assert (await new.judge(batch(3, 3)))[3] == changed.version.hex()
    # The old member still runs: what came while it ran is not its to change.
    assert (await old.judge(batch(3, 3)))[3] == changed.version.hex()
    assert len(await recorded(bus)) == 2


async def test_edition_when_its_text_is_gone_stops_the_service(bus: Bus, judged: Judgement) -> None:
    await append(bus, 1)
    told = b'{"index": 0, "edition": "00000000", "ordinal": -1, "first": 0}'
    rules = topics.control(topics.RULES)
    await bus.publish([Record(rules, f"{RAW}/2/0/x-1".encode(), told, partition=PARTITION)])
    await bus.publish([Record(rules, b"other/2/0/x-1", told, partition=PARTITION)])
    with pytest.raises(ConfigError, match="edition 00000000 of the catalogue"):
        await Member(bus, judged, "a").judge(batch(0, 0))


async def test_list_when_it_contradicts_is_left_out_and_the_edition_stays(
    bus: Bus, judged: Judgement
) -> None:
    loose = local("category: food\nobligation: encouraged")
    with pytest.raises(ConfigError, match=r"330000.yaml:6:5.*national.yaml"):
        await publish_list(bus, loose, judged.normaliser, LOG)
    # Somebody who may write the topic may publish anything.
    catalogue = topics.control(topics.CATALOGUE)
    for value in (loose.text.encode(), b"\xff", b"list: x"):
        await bus.publish([Record(catalogue, b"k", value, partition=0)])
    editions = Editions(bus, judged.normaliser, LOG)
    await editions.look()
    assert editions.edition is judged.normaliser.tables.edition
    good = await publish_list(bus, version(1), judged.normaliser, LOG)
    await editions.look()
    assert (editions.edition.version, editions.ordinal) == (good.version, 3)


async def test_version_of_a_list_when_published_with_another_text_is_refused(
    bus: Bus, judged: Judgement
) -> None:
    await publish_list(bus, version(1), judged.normaliser, LOG)
    await publish_list(bus, version(1), judged.normaliser, LOG)
    with pytest.raises(ConfigError, match="330000@1 was published at offset"):
        await publish_list(bus, local("category: food"), judged.normaliser, LOG)
