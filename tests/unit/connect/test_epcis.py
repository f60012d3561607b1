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
from tracehub.connect import Delivery, Line, RetryError
from tracehub.connect.epcis import EpcisConfig, epcis_event, open_repository
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted
from tracehub.testing.deliveries import sample_delivery
from tracehub.testing.servers.repository import Repository, repository

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
