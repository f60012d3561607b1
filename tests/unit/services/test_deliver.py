"""Deliveries: order per key, a receipt for each, dead letters for what is refused for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

import pytest

from tests.unit.services.conftest import as_raw, judged_as
from tracehub.app import Judgement
from tracehub.avro.codec import read_record
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.connect.port import Delivery, Receipt
from tracehub.errors import RetryError
from tracehub.model.facts import facts_of
from tracehub.model.outcome import Emit, Outcome, Reject, Retry
from tracehub.model.record import Received
from tracehub.services.checkpoint import Checkpoints
from tracehub.services.dead_letter import Writer, read
from tracehub.services.deliver import Deliver
from tracehub.services.exchange import Exchange
from tracehub.services.lane import Lane
from tracehub.services.settle import settle
from tracehub.services.turn import Part
from tracehub.services.watch import Watch
from tracehub.telemetry.log import logger, silent
from tracehub.telemetry.metrics import Metrics
from tracehub.testing.clock import ManualClock

CONNECTION = "provincial/guangdong"
Answer = Callable[[Delivery], Receipt]


class System:
    """A connector that keeps what it was handed and answers as it is told."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls: list[list[str]] = []

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        self.calls.append([event.event.header.event_id for event in events])
        return [self.answer(event) for event in events]


def taken(_delivery: Delivery) -> Receipt:
    return Receipt("delivered", reference="G-1")


@pytest.fixture
def deliver(judged: Judgement, metrics: Metrics, bus: Bus) -> Callable[[System], Deliver]:
    def make(system: System) -> Deliver:
        return Deliver(
            CONNECTION,
            "regulator",
            system,
            judged.codec,
            judged.catalogue,
            Writer(judged.catalogue, "deliver", judged.version),
            ManualClock(1_790_000_005_000),
            metrics,
            Watch(bus, Checkpoints(bus, topics.state_deliver(CONNECTION), silent())),
            silent(),
        )

    return make


@pytest.fixture
def batch(exchange: Exchange, document: dict[str, Any]) -> list[Received]:
    """Three deliveries: two of one key, one of another."""
    found: list[Received] = []
    for number, serial in enumerate(("1001", "1001", "2002")):
        event = document["epcisBody"]["eventList"][0]
        event["eventID"] = f"urn:x:{number}"
        event["epcList"] = [f"urn:epc:id:sgtin:6901028.007583.{serial}"]
        outcome = judged_as(exchange, as_raw(json.dumps(document).encode(), offset=number))
        assert isinstance(outcome, Emit)
        found += [
            Received(*record[:4], record.partition or 0, number, 1_790_000_001_000)
            for record in outcome.records
            if record.topic == "deliver.provincial.guangdong"
        ]
    return found


def receipt_of(outcome: Outcome, judged: Judgement) -> dict[str, Any]:
    assert isinstance(outcome, Emit)
    (record,) = outcome.records
    assert record.topic == "receipt.provincial.guangdong"
    return dict(read_record(record.value, judged.catalogue))


async def test_delivery_when_taken_leaves_a_receipt(
    deliver: Callable[[System], Deliver], batch: list[Received], judged: Judgement
) -> None:
    outcomes = await deliver(System(taken)).stage(batch)
    receipt = receipt_of(outcomes[0], judged)
    assert receipt["status"] == "delivered"
    assert receipt["reference"] == "G-1"
    assert receipt["event_id"] == "urn:x:0"
    assert (receipt["topic"], receipt["offset"]) == ("raw.food.provincial.zhejiang", 0)
    assert (receipt["received_at"], receipt["delivered_at"]) == (
        1_790_000_000_000,
        1_790_000_005_000,
    )
    assert receipt["attempts"] == 1
    assert list(receipt["cut"]) == ["trade_secret", "personal"]


async def test_batch_when_a_key_occurs_twice_is_handed_over_in_waves(
    deliver: Callable[[System], Deliver], batch: list[Received]
) -> None:
    system = System(taken)
    await deliver(system).stage(batch)
    assert system.calls == [["urn:x:0", "urn:x:2"], ["urn:x:1"]]


async def test_delivery_when_one_must_wait_holds_the_next_of_its_key(
    deliver: Callable[[System], Deliver], batch: list[Received]
) -> None:
    def busy_once(delivery: Delivery) -> Receipt:
        waits = delivery.event.header.event_id == "urn:x:0"
        return Receipt("retry", text="busy", after_s=3) if waits else taken(delivery)

    system = System(busy_once)
    outcomes = await deliver(system).stage(batch)
    assert [type(outcome) for outcome in outcomes] == [Retry, Retry, Emit]
    assert isinstance(outcomes[0], Retry)
    assert outcomes[0].error.after_s == 3
    assert system.calls == [["urn:x:0", "urn:x:2"]]


async def test_receipt_when_it_took_several_tries_counts_them(
    deliver: Callable[[System], Deliver], batch: list[Received], judged: Judgement
) -> None:
    answers = iter([Receipt("retry"), Receipt("retry"), Receipt("delivered")])
    stage = deliver(System(lambda _delivery: next(answers))).stage
    for _ in range(2):
        assert isinstance((await stage(batch[:1]))[0], Retry)
    assert receipt_of((await stage(batch[:1]))[0], judged)["attempts"] == 3


async def test_connector_when_it_raises_retry_holds_everything(
    deliver: Callable[[System], Deliver], batch: list[Received]
) -> None:
    def away(_delivery: Delivery) -> Receipt:
        raise RetryError("away", after_s=2)

    outcomes = await deliver(System(away)).stage(batch)
    assert all(isinstance(outcome, Retry) for outcome in outcomes)


async def test_delivery_when_refused_leaves_a_receipt_and_a_dead_letter(
    deliver: Callable[[System], Deliver], batch: list[Received], judged: Judgement
) -> None:
    service = deliver(System(lambda _d: Receipt("refused", code="provincial/no", text="not ours")))
    (outcome,) = await service.stage(batch[:1])
    assert isinstance(outcome, Emit)
    receipt = dict(read_record(outcome.records[0].value, judged.catalogue))
    assert (receipt["status"], receipt["code"]) == ("dead_lettered", "provincial/no")
    record = service.refuse(batch[0], outcome.rejects[0])
    letter = read(record.value, judged.catalogue)
    assert record.topic == "dead-letter.provincial.guangdong"
    assert (letter.stage, letter.code, letter.connection) == (
        "deliver",
        "provincial/no",
        CONNECTION,
    )
    assert letter.value == batch[0].value


async def test_record_when_not_written_by_a_hub_is_rejected(
    deliver: Callable[[System], Deliver], batch: list[Received]
) -> None:
    system = System(taken)
    forged = batch[0]._replace(headers=())
    (outcome,) = await deliver(system).stage([forged])
    assert isinstance(outcome, Reject)
    assert outcome.error.code == "facts/unreadable"
    assert system.calls == []


async def test_delivery_when_the_log_repeats_it_is_passed_over(
    deliver: Callable[[System], Deliver],
    batch: list[Received],
    metrics: Metrics,
    judged: Judgement,
) -> None:
    system = System(taken)
    repeat = batch[1]._replace(offset=3)
    outcomes = await deliver(system).stage([*batch, repeat])
    assert sum(map(len, system.calls)) == len(batch)
    assert outcomes[3] == Emit(())
    assert receipt_of(outcomes[2], judged)["status"] == "delivered"
    assert b"tracehub_repeats_total" in metrics.exposition()


def behind_a_gap(batch: Sequence[Received]) -> list[Received]:
    """The second and third as if another had been between the first and them."""
    links = ((0, 5), (1, 0))
    return [
        each._replace(headers=(facts_of(each.headers)._replace(previous=link).header(),))
        for each, link in zip(batch[1:], links, strict=True)
    ]


async def test_deliveries_when_a_record_before_them_is_missing_wait(
    deliver: Callable[[System], Deliver], batch: list[Received]
) -> None:
    system = System(taken)
    outcomes = await deliver(system).stage([batch[0], *behind_a_gap(batch)])
    assert [type(outcome) for outcome in outcomes] == [Emit, Retry, Retry]
    assert sum(map(len, system.calls)) == 1


async def test_gap_when_it_stands_is_told_once_and_shown_until_it_is_mended(
    deliver: Callable[[System], Deliver], batch: list[Received], metrics: Metrics
) -> None:
    service = deliver(System(taken))
    assert isinstance(service.clock, ManualClock)
    said = StringIO()
    object.__setattr__(service, "log", logger("warning", said))
    partition = batch[0].partition
    shown = {"connection": CONNECTION, "partition": str(partition)}

    async def told(tried: Sequence[Received]) -> tuple[list[str], float | None]:
        await service.stage(tried)
        events = [json.loads(line)["event"] for line in said.getvalue().splitlines()]
        return events, metrics.registry.get_sample_value("tracehub_gap", shown)

    held = behind_a_gap(batch)
    assert await told([batch[0], *held]) == (["gap_seen"], 0)
    await service.clock.advance(5)
    found = ["gap_seen", "gap_found"]
    assert await told(held) == (found, 1)
    assert json.loads(said.getvalue().splitlines()[1])["position"] == str(held[0].position)
    stranger = batch[0]._replace(headers=(), key=b"another", offset=held[-1].offset + 1)
    assert await told([stranger]) == (found, 1)
    assert await told(held) == (found, 1)
    service.owns([partition])
    assert await told(held) == (found, 1)
    service.passed(stranger)
    assert await told([stranger._replace(offset=stranger.offset + 1)]) == (found, 0)


async def test_gap_when_another_member_has_its_partition_is_not_shown_here(
    deliver: Callable[[System], Deliver], batch: list[Received], metrics: Metrics
) -> None:
    service = deliver(System(taken))
    assert isinstance(service.clock, ManualClock)
    held, partition = behind_a_gap(batch), batch[0].partition
    await service.stage([batch[0], *held])
    await service.clock.advance(5)
    await service.stage(held)
    shown = {"connection": CONNECTION, "partition": str(partition)}
    assert metrics.registry.get_sample_value("tracehub_gap", shown) == 1
    service.owns([partition + 1])
    assert metrics.registry.get_sample_value("tracehub_gap", shown) == 0


async def test_books_when_deliveries_end_differently_count_each_once(
    deliver: Callable[[System], Deliver], batch: list[Received], metrics: Metrics
) -> None:
    def answer(delivery: Delivery) -> Receipt:
        answers = {
            "urn:x:0": Receipt("delivered"),
            "urn:x:1": Receipt("refused", code="delivery/refused", text="no"),
            "urn:x:2": Receipt("retry"),
        }
        return answers[delivery.event.header.event_id]

    stage = deliver(System(answer))
    foreign = batch[2]._replace(headers=(), key=b"foreign", offset=9)
    tried = [*batch, foreign]
    await stage.arrived(tried)
    outcomes = await stage.stage(tried)
    settled = settle(tried, outcomes, stage.refuse)
    place = tried[0].topic, tried[0].partition
    waiting = [tried[index] for index in settled.held]
    stage.books.landed(Part(place, Lane(0, 0), tried, tried, waiting, settled.placed))
    stats = metrics.registry.get_sample_value
    who = {"stage": "deliver", "connection": CONNECTION}
    assert stats("tracehub_due_events_total", who) == len(tried) - len(waiting)
    assert stats("tracehub_settled_events_total", {**who, "fate": "answered"}) == 1
    assert stats("tracehub_settled_events_total", {**who, "fate": "dead-letter"}) == 2
    assert stats("tracehub_unaccounted_events", who) == 0
