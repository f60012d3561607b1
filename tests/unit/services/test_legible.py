"""A record on the hub's own topics that is none of ours is named, and hides nothing."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from tracehub.app import Judgement
from tracehub.bus import topics
from tracehub.bus.port import Bus, TopicSpec
from tracehub.clock import SystemClock
from tracehub.errors import RejectError
from tracehub.model.record import Position, Received, Record
from tracehub.services.dead_letter import Writer
from tracehub.services.replay import Filter, Request, letters, requests
from tracehub.services.standing import Standing, standings
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
