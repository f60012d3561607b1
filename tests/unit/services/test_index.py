"""The index's stage: events, receipts and dead letters become entries; nothing stops it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.services.conftest import as_raw, judged_as
from tracehub.app import Judgement
from tracehub.avro.codec import write_record
from tracehub.bus import topics
from tracehub.errors import RejectError, RetryError
from tracehub.index import DEAD_LETTER, EVENT, RECEIPT, UNREADABLE, Entry, SqliteIndex, term
from tracehub.model.facts import facts_of
from tracehub.model.outcome import Emit, Retry
from tracehub.model.record import Received, Record
from tracehub.model.sequence import MARKER_ITEM
from tracehub.services.dead_letter import Writer
from tracehub.services.exchange import Exchange
from tracehub.services.index import Indexing
from tracehub.testing.clock import ManualClock

NOW = 1_790_000_060_000
ID = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001"
PUBLISHER = "provincial/zhejiang"
PLACE = "raw.food.provincial.zhejiang/2/7/0"


class Silent(SqliteIndex):
    """A store that does not answer."""

    def __init__(self) -> None:
        pass

    async def add(self, entries: Sequence[Entry]) -> None:
        raise RetryError("no answer", after_s=0.5)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteIndex]:
    async with SqliteIndex.open(tmp_path / "index.db") as opened:
        yield opened


@pytest.fixture
def indexing(judged: Judgement, store: SqliteIndex) -> Indexing:
    return Indexing(
        store, judged.codec, judged.normaliser, judged.connections, ManualClock(NOW), 30
    )


def written(record: Record, offset: int = 0) -> Received:
    """A record as it is read back."""
    topic, key, value, headers, partition = record
    return Received(topic, key, value, headers, partition or 0, offset, NOW)


def published(exchange: Exchange, value: bytes) -> Received:
    outcome = judged_as(exchange, as_raw(value))
    assert isinstance(outcome, Emit)
    return written(outcome.records[0])


def receipt(judged: Judgement, **changes: Any) -> Received:
    fields = {
        "connection": "provincial/guangdong",
        "effect_key": b"k" * 32,
        "event_id": ID,
        "category": "food",
        "topic": "raw.food.provincial.zhejiang",
        "partition": 2,
        "offset": 7,
        "item": 0,
        "status": "delivered",
        "reference": "G-1",
        "code": "",
        "text": "",
        "attempts": 1,
        "received_at": NOW - 10,
        "delivered_at": NOW,
        "cut": ["personal"],
        **changes,
    }
    value = write_record(fields, judged.catalogue.newest("receipt-value"))
    return written(Record(topics.receipt("provincial/guangdong"), b"k", value, (), 2))


def test_event_when_entered_is_found_by_id_codes_party_batch_and_place(
    indexing: Indexing, exchange: Exchange, document: dict[str, Any]
) -> None:
    event = document["epcisBody"]["eventList"][0]
    lot = "urn:epc:class:lgtin:6901028.007583.L%2F7"
    event["quantityList"] = [{"epcClass": lot, "quantity": 3}]
    event["action"] = "ADD"
    event["ilmd"] = {"cbvmda:lotNumber": "Y-2"}
    (entry,) = indexing.entries([published(exchange, json.dumps(document).encode())])
    assert (entry.kind, entry.connection, entry.event_id) == (EVENT, PUBLISHER, ID)
    assert entry.facts["verdict"] == "accept"
    assert entry.facts["place"] == PLACE
    wanted = {
        term("event", ID),
        term("place", PLACE),
        term("code", "01/06901028075831/21/1001"),
        term("party", "913301000000000009"),
    }
    assert wanted <= entry.terms
    assert {term("batch", "L/7"), term("batch", "Y-2")} <= entry.terms


def test_entry_when_its_record_lies_twice_on_the_bus_is_the_same(
    indexing: Indexing, exchange: Exchange, raw: Received
) -> None:
    once = published(exchange, raw.value)
    one, other = indexing.entries([once, once._replace(offset=9)])
    assert one == other


def test_receipt_when_entered_tells_what_the_receiver_answered(
    indexing: Indexing, judged: Judgement
) -> None:
    (entry,) = indexing.entries([receipt(judged)])
    assert (entry.kind, entry.connection, entry.at) == (RECEIPT, "provincial/guangdong", NOW)
    assert {entry.facts[name] for name in ("status", "reference", "place")} == {
        "delivered",
        "G-1",
        PLACE,
    }
    assert term("event", ID) in entry.terms


def test_refused_event_when_entered_is_found_by_the_id_that_it_claims(
    indexing: Indexing, exchange: Exchange, document: dict[str, Any]
) -> None:
    document["epcisBody"]["eventList"][0]["action"] = "OBSERVED"
    raw = as_raw(json.dumps(document).encode())
    outcome = judged_as(exchange, raw)
    assert isinstance(outcome, Emit)
    (error,) = outcome.rejects
    letter = exchange.refuse(raw, error)
    (entry,) = indexing.entries([written(letter)])
    assert (entry.kind, entry.connection, entry.event_id) == (DEAD_LETTER, PUBLISHER, ID)
    assert entry.facts["code"] == "epcis/action-unknown"
    assert {term("event", ID), term("place", PLACE)} <= entry.terms


def test_refused_document_when_entered_has_its_place_alone(
    indexing: Indexing, exchange: Exchange
) -> None:
    raw = as_raw(b"no document")
    letter = exchange.refuse(raw, RejectError("json/syntax", "no document"))
    (entry,) = indexing.entries([written(letter)])
    assert entry.event_id == ""
    assert entry.facts["place"] == PLACE.rpartition("/")[0]


def test_refused_delivery_when_entered_belongs_to_its_event(
    indexing: Indexing, exchange: Exchange, raw: Received, judged: Judgement
) -> None:
    outcome = judged_as(exchange, raw)
    assert isinstance(outcome, Emit)
    sent = written(outcome.records[1])
    assert sent.topic.startswith("deliver.")
    writer = Writer(judged.catalogue, "deliver", judged.version)
    letter = writer.record(
        sent, RejectError("receiver/refused", "no"), connection="provincial/guangdong"
    )
    (entry,) = indexing.entries([written(letter)])
    assert (entry.event_id, entry.facts["place"]) == (ID, PLACE)


def test_marker_when_read_is_no_entry(
    indexing: Indexing, exchange: Exchange, raw: Received
) -> None:
    sent = published(exchange, raw.value)
    marker = facts_of(sent.headers)._replace(item=MARKER_ITEM)
    assert not list(indexing.entries([sent._replace(value=b"", headers=(marker.header(),))]))


def test_unreadable_record_when_entered_says_where_it_lies_and_why(indexing: Indexing) -> None:
    bad = Received("event.food", b"", b"\0\0", (), 1, 4, NOW)
    torn = bad._replace(offset=5, fault=RejectError("bus/corrupt", "the record is torn"))
    entries = list(indexing.entries([bad, torn]))
    assert [each.kind for each in entries] == [UNREADABLE, UNREADABLE]
    assert [each.facts["place"] for each in entries] == ["event.food/1/4", "event.food/1/5"]
    assert entries[1].facts["code"] == "bus/corrupt"


async def test_stage_when_done_publishes_nothing_and_has_entered_all(
    indexing: Indexing, store: SqliteIndex, exchange: Exchange, raw: Received, judged: Judgement
) -> None:
    batch = [published(exchange, raw.value), receipt(judged)]
    assert await indexing.stage(batch) == [Emit(())] * 2
    assert await indexing.stage(batch) == [Emit(())] * 2
    assert len(await store.find([term("event", ID)])) == 2


async def test_stage_when_an_entry_is_older_than_the_retention_enters_it_not(
    indexing: Indexing, store: SqliteIndex, judged: Judgement
) -> None:
    old = NOW - 31 * 86_400_000
    await indexing.stage([receipt(judged, delivered_at=old), receipt(judged)])
    assert [each.at for each in await store.find([term("event", ID)])] == [NOW]


async def test_stage_when_the_store_is_silent_asks_for_the_batch_again(
    judged: Judgement, exchange: Exchange, raw: Received
) -> None:
    indexing = Indexing(
        Silent(), judged.codec, judged.normaliser, judged.connections, ManualClock(NOW), 30
    )
    (outcome,) = await indexing.stage([published(exchange, raw.value)])
    assert isinstance(outcome, Retry)
    assert outcome.error.after_s >= 0.5
