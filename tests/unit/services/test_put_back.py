"""What is put back keeps its place, its effect key and its count of attempts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.catalogue.lists import local
from tests.unit.services.conftest import as_raw, judged_as
from tracehub.app import Judgement
from tracehub.bus import topics
from tracehub.bus.port import Bus, TopicSpec
from tracehub.errors import RejectError
from tracehub.model.facts import facts_of
from tracehub.model.outcome import Emit
from tracehub.model.record import Position, Received, Record
from tracehub.services.dead_letter import REPLAY_HEADER, Writer, read
from tracehub.services.editions import publish_list
from tracehub.services.exchange import Exchange
from tracehub.services.put_back import PutBack
from tracehub.services.replay import Request
from tracehub.telemetry.log import silent

PUBLISHER, RECEIVER = "provincial/zhejiang", "provincial/guangdong"
NO = RejectError("provincial/no", "not ours")


class Told:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.warnings: list[Mapping[str, Any]] = []

    def info(self, _event: str, **fields: Any) -> None:
        assert fields["by"] == "li.wei"

    def warning(self, event: str, **fields: Any) -> None:
        self.warnings.append({"event": event, **fields})


@pytest.fixture
async def put_back(bus: Bus, judged: Judgement, exchange: Exchange) -> PutBack:
    await bus.ensure(
        [TopicSpec(topics.dead_letter(each), 3) for each in (PUBLISHER, RECEIVER, "third/gone")]
    )
    return PutBack(bus, judged.catalogue, exchange, silent())


async def asked(put_back: PutBack, lying: Record, **changed: Any) -> tuple[Record, ...]:
    """Write a dead letter, ask for it, and give what that comes to."""
    await put_back.bus.publish([lying])
    found = read(lying.value, put_back.catalogue)
    partition = lying.partition or 0
    offset = (await put_back.bus.ends(lying.topic))[partition] - 1
    place = Position(lying.topic, partition, offset)
    request = Request(found.id, place, "li.wei", 1, "00000000")._replace(**changed).record(0)
    received = Received(*request[:4], 0, 0, 2)
    (outcome,) = await put_back.stage([received])
    assert isinstance(outcome, Emit)
    assert outcome.rejects == ()
    return outcome.records


def half_bad(document: dict[str, Any]) -> bytes:
    good = document["epcisBody"]["eventList"][0]
    document["epcisBody"]["eventList"] = [good, {**good, "action": "NO"}, good]
    return json.dumps(document).encode()


def refused_by_yesterday(exchange: Exchange, value: bytes, item: int | None = None) -> Record:
    error = RejectError("epcis/yesterday", "a rule of yesterday", item=item)
    return exchange.refuse(as_raw(value), error)


async def test_input_when_put_back_is_judged_where_it_had_lain(
    put_back: PutBack, exchange: Exchange, raw: Received
) -> None:
    outcome = judged_as(exchange, raw)
    assert isinstance(outcome, Emit)
    records = await asked(put_back, refused_by_yesterday(exchange, raw.value))
    assert [each[:3] for each in records] == [each[:3] for each in outcome.records]
    for then, now in zip(outcome.records, records, strict=True):
        assert facts_of(now.headers).position == raw.position
        assert facts_of(now.headers).effect_key == facts_of(then.headers).effect_key
        assert dict(now.headers)[REPLAY_HEADER].endswith(b" 1 %d" % raw.appended_at)
    assert await asked(put_back, refused_by_yesterday(exchange, raw.value)) == records


async def test_event_of_a_document_when_put_back_leaves_its_neighbours_alone(
    put_back: PutBack, exchange: Exchange, document: dict[str, Any]
) -> None:
    letter = refused_by_yesterday(exchange, half_bad(document), item=2)
    records = await asked(put_back, letter)
    assert {facts_of(each.headers).item for each in records} == {2}


async def test_input_when_it_fails_again_is_the_same_letter_tried_twice(
    put_back: PutBack, exchange: Exchange, document: dict[str, Any]
) -> None:
    first = refused_by_yesterday(exchange, half_bad(document), item=1)
    (record,) = await asked(put_back, first)
    before, after = (read(each.value, put_back.catalogue) for each in (first, record))
    assert (after.id, after.code) == (before.id, "epcis/action-unknown")
    assert (before.attempts, after.attempts) == (1, 2)
    assert after.first_at == before.first_at
    assert after.headers == before.headers
    (record,) = await asked(put_back, refused_by_yesterday(exchange, b"{"))
    assert read(record.value, put_back.catalogue).attempts == 2


async def test_delivery_when_put_back_goes_to_its_receiver_as_it_was(
    put_back: PutBack, exchange: Exchange, judged: Judgement, raw: Received
) -> None:
    outcome = judged_as(exchange, raw)
    assert isinstance(outcome, Emit)
    output = next(each for each in outcome.records if each.topic == topics.deliver(RECEIVER))
    lying = Received(*output[:4], output.partition or 0, 7, 5)
    writer = Writer(judged.catalogue, "deliver", judged.version)
    letter = writer.record(lying, NO, connection=RECEIVER, attempts=4, first_at=3, last_at=9)
    (record,) = await asked(put_back, letter)
    assert record[:3] == output[:3]
    assert record.partition == output.partition
    assert record.headers[:-1] == output.headers
    again = Received(*record[:4], output.partition or 0, 8, 10)
    second = read(writer.record(again, NO, connection=RECEIVER).value, judged.catalogue)
    assert (second.attempts, second.first_at) == (5, 3)
    assert second.id == read(letter.value, judged.catalogue).id
    assert second.headers == lying.headers


@pytest.mark.parametrize(
    "changed",
    [
        {"letter": "f" * 32},
        {"at": Position(topics.dead_letter(PUBLISHER), 1, 99)},
        {"at": Position("raw.food.provincial.zhejiang", 1, 0)},
    ],
)
async def test_request_when_it_names_no_letter_is_told_and_passed_over(
    put_back: PutBack, exchange: Exchange, changed: Mapping[str, Any]
) -> None:
    told = Told()
    telling = PutBack(put_back.bus, put_back.catalogue, exchange, told)  # type: ignore[arg-type]  # a log of two methods
    await put_back.bus.ensure([TopicSpec("raw.food.provincial.zhejiang", 3)])
    assert await asked(telling, refused_by_yesterday(exchange, b"{"), **changed) == ()
    assert [each["event"] for each in told.warnings] == ["replay_refused"]


async def test_request_when_unreadable_or_of_a_connection_that_left_is_passed_over(
    put_back: PutBack, judged: Judgement
) -> None:
    (outcome,) = await put_back.stage([as_raw(b"not a request")])
    assert outcome == Emit(())
    (outcome,) = await put_back.stage([as_raw(b'{"letter": "a"}')])
    assert outcome == Emit(())
    writer = Writer(judged.catalogue, "exchange", judged.version)
    assert await asked(put_back, writer.record(as_raw(b"{"), NO, connection="third/gone")) == ()


def test_replay_header_when_a_publisher_writes_one_counts_nothing(exchange: Exchange) -> None:
    forged = as_raw(b"{")._replace(headers=((REPLAY_HEADER, b"\xff" * 99), ("a", b"b")))
    letter = read(exchange.refuse(forged, NO).value, exchange.letters.catalogue)
    assert (letter.attempts, letter.headers) == (1, (("a", b"b"),))


async def test_input_when_a_list_was_published_since_is_judged_by_it(
    put_back: PutBack, exchange: Exchange, bus: Bus, judged: Judgement, raw: Received
) -> None:
    await bus.ensure([TopicSpec(raw.topic, 3)])
    await exchange.stage([raw])
    lying = refused_by_yesterday(exchange, raw.value)
    strict = local("category: food\nidentifiers: [{name: batch, level: refuse, source: s}]")
    await publish_list(bus, strict, judged.normaliser, silent())
    await exchange.switches.editions.look()
    (again,) = await asked(put_back, lying)
    assert read(again.value, put_back.catalogue).code == "catalogue/identifier-missing"
