"""The watch: what deliver concludes from its log is the same before and after a restart."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.facts import Facts
from tracehub.model.record import Position, Received, Record
from tracehub.model.sequence import MARKER_ITEM, NONE, Place, Sight
from tracehub.services import watch as module
from tracehub.services.checkpoint import Checkpoints
from tracehub.services.dead_letter import REPLAY_HEADER
from tracehub.services.watch import Watch
from tracehub.telemetry.log import silent

TOPIC = topics.deliver("central/national")
RAW = topics.raw("food", "provincial/zhejiang")


def output(offset: int, before: Place, *, item: int = 0, replay: bool = False) -> Record:
    version = b"\0" * 4
    place = Position(RAW, 1, offset)
    facts = Facts(place, item, b"\0" * 32, 0, 0, "accept", version, version, previous=before)
    headers = (facts.header(), *([(REPLAY_HEADER, b"x")] if replay else []))
    return Record(TOPIC, b"k", b"v", headers, 1)


def watch(bus: Bus) -> Watch:
    return Watch(bus, Checkpoints(bus, topics.state_deliver("central/national"), silent()))


async def appended(bus: Bus, *records: Record) -> Sequence[Received]:
    first = (await bus.ends(TOPIC))[1]
    await bus.publish(records)
    return await bus.read(TOPIC, 1, first, 100)


async def sights(bus: Bus, *records: Record) -> Sequence[Sight]:
    return await watch(bus).look(await appended(bus, *records))


async def test_records_when_in_sequence_are_new_and_repeats_are_told(bus: Bus) -> None:
    first, second = output(1, NONE), output(4, (1, 0))
    marker = output(4, (4, 0), item=MARKER_ITEM)
    found = await sights(bus, first, second, first, second, marker)
    assert found == ["new", "new", "repeat", "repeat", "marker"]


async def test_records_when_looked_at_again_keep_their_verdict(bus: Bus) -> None:
    member = watch(bus)
    batch = await appended(bus, output(1, NONE), output(1, NONE), output(4, (1, 0)))
    assert await member.look(batch) == ["new", "repeat", "new"]
    assert await member.look(batch[1:]) == ["repeat", "new"]
    assert await member.look(batch) == ["new", "repeat", "new"]


async def test_records_when_the_member_starts_anew_are_judged_by_all_before_them(bus: Bus) -> None:
    before = await appended(bus, output(1, NONE), output(4, (1, 0)))
    assert await watch(bus).look(before) == ["new", "new"]
    again = await appended(bus, output(4, (1, 0)), output(6, (4, 0)))
    assert await watch(bus).look(again) == ["repeat", "new"]


async def test_records_when_a_checkpoint_was_saved_are_judged_from_it(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", 2)
    member = watch(bus)
    for offset in range(0, 6, 2):
        before: Place = (offset - 1, 0) if offset else NONE
        batch = await appended(bus, output(offset, before), output(offset + 1, (offset, 0)))
        assert await member.look(batch) == ["new", "new"]
        saved = member.checkpoint(batch[0])
        assert saved is not None
        await bus.publish([saved])
    assert member.checkpoint(batch[0]) is None
    again = await appended(bus, output(5, (4, 0)), output(9, (7, 0)))
    assert await watch(bus).look(again) == ["repeat", "gap"]


async def test_record_when_one_before_it_is_missing_holds_all_behind_it(bus: Bus) -> None:
    member = watch(bus)
    batch = await appended(bus, output(1, NONE), output(9, (4, 0)), output(10, (9, 0)))
    assert await member.look(batch) == ["new", "gap", "gap"]
    assert await member.look(batch[1:]) == ["gap", "gap"]


async def test_gap_when_the_log_holds_the_missing_record_later_closes(bus: Bus) -> None:
    member = watch(bus)
    batch = await appended(bus, output(1, NONE), output(9, (4, 0)))
    assert await member.look(batch) == ["new", "gap"]
    healed = await appended(bus, output(4, (1, 0)), output(9, (4, 0)))
    assert await member.look(batch[1:]) == ["repeat"]
    assert await member.look(healed) == ["new", "new"]
    assert await watch(bus).look(healed) == ["new", "new"]


async def test_marker_when_the_last_record_was_lost_shows_the_gap(bus: Bus) -> None:
    found = await sights(bus, output(1, NONE), output(4, (4, 0), item=MARKER_ITEM))
    assert found == ["new", "gap"]


async def test_record_when_put_back_by_an_operator_is_new_and_out_of_sequence(bus: Bus) -> None:
    found = await sights(
        bus, output(1, NONE), output(4, (1, 0)), output(1, NONE, replay=True), output(5, (4, 0))
    )
    assert found == ["new", "new", "new", "new"]


async def test_records_when_only_some_are_tried_again_keep_the_verdict_of_the_whole(
    bus: Bus,
) -> None:
    member = watch(bus)
    batch = await appended(bus, output(1, NONE), output(4, (1, 0)), output(6, (4, 0)))
    assert await member.look(batch) == ["new", "new", "new"]
    assert await member.look([batch[0], batch[2]]) == ["new", "new"]
    assert await member.look([batch[1]]) == ["new"]
