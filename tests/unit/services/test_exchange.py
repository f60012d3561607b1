"""One raw record in, one canonical event and one output per receiver out; always the same bytes."""

from __future__ import annotations

import gc
import json
import weakref
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.unit.services.conftest import as_raw, judged_as
from tracehub.app import Judgement
from tracehub.errors import RejectError
from tracehub.model.facts import body_check, effect_key, facts_of
from tracehub.model.outcome import Emit, Reject
from tracehub.model.record import Received, Record
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Source
from tracehub.route.credit import Credit, Entry
from tracehub.route.rule import Rule, To, When
from tracehub.route.table import RouteTable
from tracehub.services.exchange import Exchange, Tally
from tracehub.services.outputs import Sheet
from tracehub.services.ruling import Judge
from tracehub.telemetry.metrics import Metrics


def emitted(exchange: Exchange, received: Received) -> tuple[Record, ...]:
    outcome = judged_as(exchange, received)
    assert isinstance(outcome, Emit)
    assert outcome.rejects == ()
    return outcome.records


def test_event_when_judged_goes_to_its_topic_and_to_each_receiver(
    exchange: Exchange, raw: Received
) -> None:
    records = emitted(exchange, raw)
    assert [record.topic for record in records] == [
        "event.food",
        "deliver.central.national",
        "deliver.provincial.guangdong",
    ]
    assert {record.partition for record in records} == {raw.partition}
    assert {record.key for record in records} == {b"01/06901028075831/21/1001"}


def test_facts_when_written_name_the_raw_record_and_the_effect(
    exchange: Exchange, raw: Received, judged: Judgement
) -> None:
    event_id = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001"
    for record in emitted(exchange, raw):
        facts = facts_of(record.headers)
        assert facts.position == raw.position
        assert facts.item == 0
        assert facts.effect_key == effect_key("provincial/zhejiang", event_id, 0)
        assert facts.received_at == raw.appended_at
        assert facts.rules_version == judged.version
        assert facts.body_check == body_check(record.value)
        assert judged.codec.decode(record.value).offsets == facts.offsets


def test_output_when_a_receiver_may_not_see_a_section_holds_no_byte_of_it(
    exchange: Exchange, raw: Received
) -> None:
    whole, central, guangdong = emitted(exchange, raw)
    assert b"CANARY" in whole.value
    assert b"CANARY" not in guangdong.value
    assert b"urn:epc:id:sgln:6901028.00002.0" in guangdong.value
    assert b"urn:epc:id:sgln:6901028.00002.0" not in central.value
    assert len(central.value) < len(guangdong.value) < len(whole.value)


def test_event_when_judged_twice_gives_the_same_bytes(exchange: Exchange, raw: Received) -> None:
    assert emitted(exchange, raw) == emitted(exchange, raw)


def test_document_when_one_event_is_bad_sends_the_others(
    exchange: Exchange, document: dict[str, Any]
) -> None:
    good = document["epcisBody"]["eventList"][0]
    document["epcisBody"]["eventList"] = [good, {**good, "action": "NO"}, good]
    outcome = judged_as(exchange, as_raw(json.dumps(document).encode()))
    assert isinstance(outcome, Emit)
    assert [facts_of(record.headers).item for record in outcome.records] == [0, 0, 0, 2, 2, 2]
    (error,) = outcome.rejects
    assert (error.code, error.item) == ("epcis/action-unknown", 1)


def test_record_when_unreadable_is_rejected_for_its_publisher(exchange: Exchange) -> None:
    received = as_raw(b"{")
    outcome = judged_as(exchange, received)
    assert isinstance(outcome, Reject)
    letter = exchange.refuse(received, outcome.error)
    assert letter.topic == "dead-letter.provincial.zhejiang"
    assert letter.partition == received.partition


@pytest.mark.parametrize("publisher", ["provincial/zhejiang", "provincial/trusted"])
def test_batch_when_records_are_refused_is_let_go_without_the_collector(
    exchange: Exchange, document: dict[str, Any], publisher: str
) -> None:
    good = document["epcisBody"]["eventList"][0]
    document["epcisBody"]["eventList"] = [good, {**good, "action": "NO"}]
    short = bytes.fromhex("0000000103") + b"\x04"
    batch = [
        as_raw(each, publisher=publisher) for each in (b"{", json.dumps(document).encode(), short)
    ]
    fault = RejectError("bus/too-large", "by the log")
    sheet = Sheet(Links())
    judge = partial(exchange.judge, [*batch, batch[0]._replace(fault=fault)])
    judge(Tally(Source("food", exchange.connections[publisher])), sheet)
    assert len(sheet.refused) == 4
    held = weakref.ref(sheet)
    gc.disable()
    try:
        del sheet
        assert held() is None
    finally:
        gc.enable()


def test_canonical_event_when_its_publisher_is_trusted_is_forwarded_untouched(
    exchange: Exchange, raw: Received
) -> None:
    value = emitted(exchange, raw)[0].value
    records = emitted(exchange, as_raw(value, publisher="provincial/trusted"))
    assert records[0].value is value
    assert {record.topic for record in records[1:]} == {
        "deliver.provincial.zhejiang",
        "deliver.provincial.guangdong",
        "deliver.central.national",
    }
    cut = next(record for record in records if record.topic == "deliver.central.national")
    assert b"CANARY" not in cut.value


def test_trusted_event_when_of_another_category_is_rejected(
    exchange: Exchange, judged: Judgement, raw: Received
) -> None:
    event = judged.codec.decode(emitted(exchange, raw)[0].value).event
    drug = event._replace(header=event.header._replace(category="drug"))
    received = as_raw(judged.codec.encode(drug).value, publisher="provincial/trusted")
    outcome = judged_as(exchange, received)
    assert isinstance(outcome, Reject)
    assert outcome.error.code == "catalogue/category-mismatch"


@pytest.mark.parametrize("cut_at", [6, 40, -1])
def test_untrusted_canonical_event_when_cut_short_is_rejected(
    exchange: Exchange, raw: Received, cut_at: int
) -> None:
    value = emitted(exchange, raw)[0].value[:cut_at]
    outcome = judged_as(exchange, as_raw(value))
    assert isinstance(outcome, Reject)
    assert outcome.error.code == "avro/malformed"


def test_trusted_event_when_it_must_be_cut_and_can_t_be_read_is_rejected_and_leaves_no_link(
    exchange: Exchange, raw: Received
) -> None:
    value = emitted(exchange, raw)[0].value[:-1]
    links = Links()
    outcome = judged_as(exchange, as_raw(value, publisher="provincial/trusted"), links)
    assert isinstance(outcome, Reject)
    assert outcome.error.code == "avro/malformed"
    assert links.as_mapping() == {}


def test_trusted_events_when_their_claims_are_known_go_where_new_ones_do(
    exchange: Exchange, document: dict[str, Any]
) -> None:
    event = document["epcisBody"]["eventList"][0]
    known, fresh = [], []
    for number in range(3):
        event["eventID"] = f"urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f00{number}"
        event["disposition"] = "recalled" if number == 1 else "active"
        (value, *_) = (
            each.value for each in emitted(exchange, as_raw(json.dumps(document).encode()))
        )
        trusted = as_raw(value, publisher="provincial/trusted", offset=number)
        known.append(emitted(exchange, trusted))
        fresh.append(emitted(replace(exchange), trusted))
    assert known == fresh
    assert len(known[0]) == len(known[2])


def test_trusted_events_when_a_party_is_listed_later_are_told_apart_by_their_instant(
    exchange: Exchange, judged: Judgement, raw: Received
) -> None:
    value = emitted(exchange, raw)[0].value
    event = judged.codec.decode(value).event
    at = event.header.occurred_at
    rule = Rule("flag", "", When(lists=frozenset({"L"})), (To(id="provincial/zhejiang"),))
    credit = Credit([Entry(event.header.parties[0].id, "L", at, 0, "s")])
    table = RouteTable([rule], list(judged.connections.values()), credit)
    exchange.sit(
        as_raw(value, publisher="provincial/trusted"), Judge(judged.normaliser, table, b"1234")
    )
    for instant, receivers in ((at - 1, 0), (at, 1), (at - 1, 0)):
        header = event.header._replace(occurred_at=instant)
        found = judged.codec.encode(event._replace(header=header)).value
        records = emitted(exchange, as_raw(found, publisher="provincial/trusted"))
        assert len(records) == 1 + receivers


async def test_batch_when_staged_is_counted(
    exchange: Exchange, raw: Received, metrics: Metrics
) -> None:
    await exchange.stage([raw, as_raw(b"{"), raw])
    shown = metrics.exposition().decode()
    labels = 'category="food",connection="provincial/zhejiang"'
    assert f'tracehub_events_total{{{labels},verdict="accept"}} 2.0' in shown
    assert f'tracehub_events_total{{{labels},verdict="quarantine"}} 1.0' in shown
    assert 'tracehub_routes_total{connection="central/national",rule="up/central"} 2.0' in shown
    assert 'code="json/syntax",connection="provincial/zhejiang",stage="exchange"} 1.0' in shown


def test_record_when_the_log_could_not_hand_it_out_is_refused_by_the_log_s_code(
    exchange: Exchange, raw: Received
) -> None:
    fault = RejectError("bus/unreadable-batch", "it unpacks to half a gigabyte")
    outcome = judged_as(exchange, raw._replace(key=b"", value=b"", fault=fault))
    assert outcome == Reject(fault)
