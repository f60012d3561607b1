"""Events to an EPCIS repository: valid EPCIS, one effect each, and no correction lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.clock import SystemClock
from tracehub.connect import Delivery, Line, RetryError, about_epcis
from tracehub.connect.epcis import EpcisConfig, epcis_event, open_events, open_repository
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted
from tracehub.testing.deliveries import sample_delivery
from tracehub.testing.servers.repository import Repository, epcis_document, repository

TOKEN = "a-token-of-this-test-only"  # noqa: S105 - of this test only


@pytest.fixture
async def running() -> AsyncIterator[Repository]:
    async with repository(TOKEN) as running:
        yield running


def line_to(running: Repository, token: str = TOKEN) -> Line:
    settings: dict[str, Any] = {"url": running.url, "token": token, "timeout_s": 20}
    return Line("third-party/epcis", EpcisConfig(**settings), SystemClock())


def changed(**header: Any) -> Delivery:
    whole = sample_delivery()
    return replace(whole, event=whole.event._replace(header=whole.event.header._replace(**header)))


def test_event_when_written_is_epcis_that_the_hub_reads_as_the_same() -> None:
    sent = sample_delivery().event
    bare = epcis_event(sent)
    document = {
        "@context": bare.pop("@context"),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-21T00:00:00.000Z",
        "epcisBody": {"eventList": [bare]},
    }
    source = Source("food", Connection("third-party/x", region="330000"))
    (read,) = Normaliser(Codec(bundled()), Tables()).normalise(orjson.dumps(document), source)
    assert isinstance(read, Accepted)
    for name in ("event_id", "occurred_at", "biz_step", "disposition", "kinds", "event_type"):
        assert getattr(read.event.header, name) == getattr(sent.header, name)
    assert read.event.regulator is not None
    assert sent.regulator is not None
    assert read.event.regulator["body"]["tests"] == sent.regulator["body"]["tests"]


async def test_correction_when_the_repository_has_its_event_id_is_not_taken_for_a_repeat(
    running: Repository,
) -> None:
    async with open_repository(line_to(running)) as connector:
        (first,) = await connector.deliver([sample_delivery()])
        (receipt,) = await connector.deliver([changed(correction="did_not_occur")])
    assert first.status == "delivered"
    assert (receipt.status, receipt.code) == ("refused", "third-party/conflict")


async def test_fact_when_it_has_no_goods_is_refused_and_the_others_go(running: Repository) -> None:
    sent = [changed(event_type="none"), sample_delivery(1)]
    async with open_repository(line_to(running)) as connector:
        receipts = await connector.deliver(sent)
    assert [each.code for each in receipts] == ["third-party/not-expressible", ""]
    assert running.keys == [sent[1].effect_key]


async def test_event_when_the_repository_refuses_it_says_why(running: Repository) -> None:
    whole = sample_delivery()
    assert whole.event.public is not None
    body = {**whole.event.public["body"], "event_time": ""}
    timeless = replace(whole, event=whole.event._replace(public={"body": body}))
    async with open_repository(line_to(running)) as connector:
        (receipt,) = await connector.deliver([timeless])
    assert (receipt.status, receipt.code) == ("refused", "third-party/malformed")


async def test_token_when_wrong_loses_no_event(running: Repository) -> None:
    async with open_repository(line_to(running, "0" * 20)) as connector:
        with pytest.raises(RetryError, match="401"):
            await connector.deliver([sample_delivery()])
    assert running.keys == []


async def test_events_when_linked_to_another_host_are_asked_for_at_the_repository_alone(
    running: Repository,
) -> None:
    """Of one instant there are more than a page; a page token is not saved."""
    running.host = "http://127.0.0.1:1"
    await running.publish([orjson.dumps(epcis_document(each)) for each in range(450)])
    assert await collected(running) == [f"urn:x:{each}" for each in range(450)]
    assert [each.get("nextPageToken", "") for each in running.queries] == [
        *("", "", "200", "", "200", "400", "", "200", "400"),
    ]


async def test_events_when_they_make_an_answer_too_long_are_asked_for_in_parts(
    running: Repository,
) -> None:
    documents = [epcis_document(each, each) for each in range(5)]
    for each in documents:
        each["epcisBody"]["eventList"][0]["x:annex"] = "x" * 900_000
    await running.publish([orjson.dumps(each) for each in documents])
    assert await collected(running) == [f"urn:x:{each}" for each in range(5)]


async def test_events_when_one_tells_no_record_time_are_not_passed_over(
    running: Repository,
) -> None:
    document = epcis_document(0)
    document["epcisBody"]["eventList"][0]["recordTime"] = 1
    await running.publish([orjson.dumps(document)])
    async with open_events(line_to(running), about_epcis) as collector:
        with pytest.raises(RetryError, match="recordTime"):
            await collector.collect("")


async def test_links_when_they_lead_in_a_circle_come_to_an_end(running: Repository) -> None:
    await running.publish([orjson.dumps(epcis_document(each)) for each in range(450)])
    async with open_events(line_to(running), about_epcis) as collector:
        first = await collector.collect("")
        running.circle = True
        with pytest.raises(RetryError, match="what was there before"):
            await collector.collect(first.cursor)


async def test_token_when_wrong_collects_nothing(running: Repository) -> None:
    await running.publish([orjson.dumps(epcis_document(0))])
    async with open_events(line_to(running, "0" * 20), about_epcis) as collector:
        with pytest.raises(RetryError, match="401"):
            await collector.collect("")


async def collected(running: Repository) -> list[str]:
    """The ids of all that is there, page by page."""
    found: list[str] = []
    async with open_events(line_to(running), about_epcis) as collector:
        cursor = ""
        while (page := await collector.collect(cursor)).records:
            for each in page.records:
                (event,) = orjson.loads(each.value)["epcisBody"]["eventList"]
                found.append(event["eventID"])
            cursor = page.cursor
    return found
