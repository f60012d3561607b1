"""Publishers decide what the exchange remembers, and can't decide how much."""

from __future__ import annotations

import copy
import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.unit.services.conftest import as_raw, judged_as
from tracehub.bus import topics
from tracehub.model.outcome import Emit
from tracehub.services.exchange import Exchange

_RECORDS: Final = 20
_LONG: Final = 50_000
_KEPT: Final = 300_000
"""Bytes that may be kept of all records together: of each, far less than its long text."""
_OTHER: Final = "provincial/guangdong"
_BATCH: Final = "urn:epc:class:lgtin:6901028.007583.1"

Event = dict[str, Any]
CHANGES: Final[dict[str, Callable[[Event, str], None]]] = {
    "item": lambda event, text: event.update(epcList=[f"urn:epc:id:sgtin:6901028.007583.{text}"]),
    "product": lambda event, text: event.update(epcList=[f"https://example.com/{text}"]),
    "event": lambda event, text: event.update(eventID=f"https://example.com/{text}"),
    "location": lambda event, text: event.update(bizLocation={"id": f"https://example.com/{text}"}),
    "party": lambda event, text: event["sourceList"][0].update(
        source=f"https://example.com/{text}"
    ),
    "step": lambda event, text: event.update(bizStep=f"https://example.com/{text}"),
    "disposition": lambda event, text: event.update(disposition=f"https://example.com/{text}"),
    "time": lambda event, text: event.update(
        eventTime=f"2026-11-24T08:00:00.{text[:6]}{'0' * _LONG}+08:00"
    ),
    "extension": lambda event, text: event.update({f"tracehub:{text}": "v"}),
    "unit": lambda event, text: event.update(
        quantityList=[{"epcClass": _BATCH, "quantity": 1, "uom": text}]
    ),
    "region": lambda event, text: event["readPoint"].update({"tracehub:region": text}),
    "context": lambda event, text: event.update(
        {"@context": [{f"x{text}": "https://example.com/"}]}
    ),
}


def records(document: Event, change: Callable[[Event, str], None], first: int) -> Iterator[bytes]:
    """Documents that hold a text which is long and like no other."""
    for number in range(first, first + _RECORDS):
        made = copy.deepcopy(document)
        change(made["epcisBody"]["eventList"][0], f"{number:06}{'x' * _LONG}")
        yield json.dumps(made).encode()


def kept(judge: Callable[[bytes], object], values: Iterator[bytes]) -> int:
    """Bytes that are still held when records were judged."""
    tracemalloc.start()
    try:
        for value in values:
            judge(value)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_document_when_its_texts_are_long_and_new_leaves_nothing_of_them(
    exchange: Exchange, document: Event, change: Callable[[Event, str], None]
) -> None:
    for value in records(document, change, 0):
        judged_as(exchange, as_raw(value))
    after = kept(lambda value: judged_as(exchange, as_raw(value)), records(document, change, 1000))
    assert after < _KEPT


@pytest.mark.parametrize("change", ["product", "party", "step", "disposition"])
@pytest.mark.parametrize("publisher", [_OTHER, "provincial/trusted"])
def test_canonical_event_when_its_texts_are_long_and_new_leaves_nothing_of_them(
    exchange: Exchange, document: Event, change: str, publisher: str
) -> None:
    def canonical(first: int) -> list[bytes]:
        found = [
            judged_as(exchange, as_raw(value))
            for value in records(document, CHANGES[change], first)
        ]
        return [
            each.value
            for one in found
            if isinstance(one, Emit)
            for each in one.records
            if each.topic == topics.event("food")
        ]

    def judge(value: bytes) -> object:
        return judged_as(exchange, as_raw(value, publisher=publisher))

    for value in canonical(0):
        judge(value)
    events = canonical(1000)
    assert len(events) == _RECORDS
    assert kept(judge, iter(events)) < _KEPT
