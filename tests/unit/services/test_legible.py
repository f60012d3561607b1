"""A record on the hub's own topics that is none of ours is named, and hides nothing."""

from __future__ import annotations

import json
from io import StringIO

import orjson
import pytest

from tracehub.app import Judgement
from tracehub.bus import topics
from tracehub.bus.port import Bus, TopicSpec
from tracehub.clock import SystemClock
from tracehub.errors import RejectError
from tracehub.model.record import Position, Received, Record
from tracehub.services.checkpoint import Checkpoint, Checkpoints
from tracehub.services.dead_letter import Writer
from tracehub.services.editions import Editions
from tracehub.services.replay import Filter, Request, letters, requests
from tracehub.services.ruling import Judge
from tracehub.services.standing import Standing, standings
from tracehub.services.switches import Switches, recorded
from tracehub.services.wishes import PAUSE, Wishes, publish_wish
from tracehub.telemetry.log import logger

RECEIVER = "provincial/guangdong"
TOPICS = (
    topics.control(topics.CONNECTIONS),
    topics.control(topics.AUDIT),
    topics.control(topics.REPLAY),
    topics.state_connection(RECEIVER),
    topics.dead_letter(RECEIVER),
)
JUNK = (b"v", b"\xff", b"{}", b"[]", b"null", b'{"what": "explode"}', b'{"what": 5}')


async def spoil(bus: Bus) -> None:
    """Make the topics, and write what nobody can read."""
    await bus.ensure([TopicSpec(each, 1) for each in TOPICS])
    await bus.publish(
        [Record(each, b"\xff", junk, partition=0) for each in TOPICS for junk in JUNK]
    )


def told(lines: StringIO, topic: str) -> list[str]:
    """Where records were passed over."""
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert {each["event"] for each in found} == {"record_passed_over"}
    assert all(each["reason"] for each in found)
    return [each["position"] for each in found if each["position"].startswith(topic)]


@pytest.fixture
def lines() -> StringIO:
    return StringIO()


def places(topic: str) -> list[str]:
    return [str(Position(topic, 0, offset)) for offset in range(len(JUNK))]


async def test_wish_when_it_is_none_is_passed_over_and_named(bus: Bus, lines: StringIO) -> None:
    await spoil(bus)
    await publish_wish(bus, RECEIVER, PAUSE, "li.wei", SystemClock())
    wishes = Wishes(bus, logger("warning", lines))
    await wishes.look()
    assert (wishes.of(RECEIVER).what, wishes.of(RECEIVER).by) == (PAUSE, "li.wei")
    assert told(lines, TOPICS[0]) == places(TOPICS[0])


async def test_standing_when_it_is_none_is_passed_over_and_named(bus: Bus, lines: StringIO) -> None:
    await spoil(bus)
    standing = Standing(RECEIVER, "deliver", "host/1", lag=7)
    await bus.publish([standing.record(1000)])
    assert await standings(bus, RECEIVER, logger("warning", lines)) == [standing]
    assert told(lines, TOPICS[3]) == places(TOPICS[3])


async def test_letters_and_requests_when_others_are_none_are_found_all_the_same(
    bus: Bus, judged: Judgement, lines: StringIO
) -> None:
    await spoil(bus)
    log = logger("warning", lines)
    refused = Received(topics.deliver(RECEIVER), b"", b"{}", (), 0, 3, 1000)
    writer = Writer(judged.catalogue, "deliver", judged.version)
    await bus.publish([writer.record(refused, RejectError("x/y", "no"), connection=RECEIVER)])
    (found,) = await letters(bus, judged.catalogue, [RECEIVER], Filter(), log)
    assert found.letter.code == "x/y"
    asked = Request(found.letter.id, found.at, "li.wei", 1000, "1")
    await bus.publish([asked.record(0)])
    assert await requests(bus, log) == [asked]
    assert told(lines, TOPICS[4]) == places(TOPICS[4])
    assert told(lines, TOPICS[2]) == places(TOPICS[2])


async def test_checkpoint_when_it_is_none_is_passed_over_and_the_one_before_it_holds(
    bus: Bus, lines: StringIO
) -> None:
    saved = Checkpoints(bus, topics.STATE_EXCHANGE, logger("warning", lines))
    records = [saved.record("raw.a", 1, Checkpoint(at, {"at": at})) for at in (10, 20)]
    spoilt = [records[1]._replace(value=junk) for junk in JUNK]
    await bus.publish([*records, *spoilt, records[1]._replace(key=b"\xff/x/y", value=b"{}")])
    found = await saved.load("raw.a", 1, 99)
    assert found == Checkpoint(10, {"at": 10})
    assert told(lines, topics.STATE_EXCHANGE) == [
        str(Position(topics.STATE_EXCHANGE, 1, 1 + len(JUNK)))
    ]


async def test_switch_when_it_is_none_is_passed_over_by_whoever_reads_the_topic(
    bus: Bus, judged: Judgement, lines: StringIO
) -> None:
    rules, raw, log = topics.control(topics.RULES), "raw.food.a", logger("warning", lines)
    foreign = orjson.dumps({"index": 0, "edition": "00", "ordinal": 0, "first": 0})
    strange = (b"\xff/0/0/m", b"raw.food.a/1/0/m", b"raw.food.a/0/1/m", b"raw.food.a")
    await bus.ensure([TopicSpec(raw, 3)])
    await bus.publish(
        [
            *(Record(rules, b"raw.food.a/0/0/m", junk, partition=0) for junk in JUNK),
            *(Record(rules, key, foreign, partition=0) for key in strange),
            Record(rules, b"edition/\xff", b"v", partition=0),
        ]
    )
    editions = Editions(bus, judged.normaliser, log)
    judge = Judge(judged.normaliser, judged.table, editions.ruling.version)
    batch = [Received(raw, b"", b"{}", (), 0, 0, 1000)]
    assert await Switches(bus, judge, editions, "m", log).judges(batch) == [(judge, batch)]
    assert told(lines, rules) == [str(Position(rules, 0, offset)) for offset in range(len(JUNK))]
    found = await recorded(bus, log)
    assert [each.edition for each in found[raw, 0]] == [editions.ruling.version.hex()]
