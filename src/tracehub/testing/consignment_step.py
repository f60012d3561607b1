"""Documents of a consignment's story, each with one event. Must not know the story."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from tracehub.testing.traffic import USCC

CATEGORY: Final = "agri-food"
GROWER: Final = USCC["zhejiang"]
CODE: Final = "https://id.gs1.org/01/06901028075831/21/1001"
_SEED: Final = uuid.UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301")


class Step(NamedTuple):
    """One document and what must come of it.

    Attributes:
        name: a word for it.
        title: what happens, in Chinese and English.
        publisher: whose document it is.
        event_id: of the one event in it.
        value: its bytes.
        due: every receiver, with the first rule that chooses it.
        lists: True when it is published after the credit change is in force.
    """

    name: str
    title: str
    publisher: str
    event_id: str
    value: bytes
    due: Mapping[str, str]
    lists: bool = False


def own(  # noqa: PLR0913, PLR0917 - the parts of a document, in their order
    name: str,
    title: str,
    publisher: str,
    head: Mapping[str, Any],
    records: str,
    record: Mapping[str, Any],
    id_field: str,
    due: Mapping[str, str],
) -> Step:
    """A document of one record, in the publisher's own format."""
    guid = str(uuid.uuid5(_SEED, name))
    document = {"category": CATEGORY, **head, records: [{id_field: guid, **record}]}
    return Step(name, title, publisher, f"urn:uuid:{guid}", orjson.dumps(document), due)


def trace(  # noqa: PLR0913 - the parts of an event
    name: str,
    title: str,
    at: str,
    step: str,
    due: Mapping[str, str],
    *,
    owner: str = GROWER,
) -> Step:
    """An EPCIS event of the grower's province."""
    event_id = f"urn:uuid:{uuid.uuid5(_SEED, name)}"
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": event_id,
        "eventTime": at,
        "eventTimeZoneOffset": "+08:00",
        "epcList": [CODE],
        "action": "ADD" if step == "commissioning" else "OBSERVE",
        "bizStep": step,
        "disposition": "active" if step == "commissioning" else "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:6901028.00001.0", "tracehub:region": "330106"},
        "sourceList": [{"type": "owning_party", "source": f"urn:tracehub:uscc:{owner}"}],
    }
    if step == "shipping":
        event["destinationList"] = [
            {
                "type": "location",
                "destination": "urn:epc:id:sgln:6901028.00002.0",
                "tracehub:region": "440305",
            }
        ]
    value = orjson.dumps(_document(event))
    return Step(name, title, "provincial/zhejiang", event_id, value, due)


def _document(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"tracehub": "urn:tracehub:v1:"},
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": event["eventTime"],
        "epcisBody": {"eventList": [event]},
    }
