"""A normaliser, and documents to give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.model.connection import Connection
from tracehub.model.event import Header
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted, Quarantined

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"tracehub": "urn:tracehub:v1:", "example": "https://ns.example.com/epcis/"},
]

Judge = Callable[..., Sequence[Accepted | Quarantined]]
Document = Callable[..., bytes]


@pytest.fixture(scope="session")
def codec() -> Codec:
    return Codec(bundled())


@pytest.fixture(scope="session")
def normaliser(codec: Codec) -> Normaliser:
    return Normaliser(codec, Tables())


@pytest.fixture(scope="session")
def judge(normaliser: Normaliser) -> Judge:
    """Judge bytes as a province's record of one category; who only asks is told the same."""

    def judge(value: bytes, category: str = "food") -> Sequence[Accepted | Quarantined]:
        source = Source(category, Connection("provincial/zhejiang", region="330000"))
        items = normaliser.normalise(value, source)
        heads = normaliser.heads(value, source)
        assert [_said(each) for each in heads] == [_said(each) for each in items]
        return items

    return judge


def _said(judged: Accepted | Header | Quarantined) -> tuple[object, ...]:
    """What is told of an event, whether or not it was written."""
    if isinstance(judged, Quarantined):
        return judged.item, judged.event_id, judged.error.code, judged.error.reasons
    header = judged.event.header if isinstance(judged, Accepted) else judged
    return header._replace(event_id="")


@pytest.fixture(scope="session")
def document() -> Document:
    """A good document of one event; fields are changed by name, and left out when None."""

    def document(**changed: Any) -> bytes:
        event: dict[str, Any] = {
            "type": "ObjectEvent",
            "eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
            "eventTime": "2026-01-31T08:00:00.000+08:00",
            "eventTimeZoneOffset": "+08:00",
            "epcList": ["urn:epc:id:sgtin:6901028.007583.1"],
            "action": "OBSERVE",
            "bizStep": "shipping",
            "disposition": "in_transit",
            **changed,
        }
        kept = {name: value for name, value in event.items() if value is not None}
        return orjson.dumps(
            {
                "@context": CONTEXT,
                "type": "EPCISDocument",
                "schemaVersion": "2.0",
                "creationDate": "2026-02-01T00:00:00Z",
                "epcisBody": {"eventList": [kept]},
            }
        )

    return document


@pytest.fixture(scope="session")
def accepted(judge: Judge, document: Document) -> Callable[..., Accepted]:
    """The one event of a document with some fields changed, which must be accepted."""

    def accepted(category: str = "food", **changed: Any) -> Accepted:
        (item,) = judge(document(**changed), category)
        assert isinstance(item, Accepted), item
        return item

    return accepted


@pytest.fixture(scope="session")
def refused(judge: Judge, document: Document) -> Callable[..., Quarantined]:
    """The one event of a document with some fields changed, which must be quarantined."""

    def refused(category: str = "food", **changed: Any) -> Quarantined:
        (item,) = judge(document(**changed), category)
        assert isinstance(item, Quarantined), item
        return item

    return refused
