"""One case of bad input, and the good event that most cases are made from.

Must not know how a case is judged.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import orjson

from tracehub.model.record import Headers

ACCEPTED: Final = ""
"""Stands for a code where a case looks bad and is legal."""
CONTEXT: Final = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"tracehub": "urn:tracehub:v1:", "example": "https://ns.example.com/epcis/"},
]


class Case(NamedTuple):
    """Bytes as somebody might publish them.

    Attributes:
        name: class and kind, for a failure's message.
        codes: one of these is the first code; `ACCEPTED` among them when the case is legal.
        why: why a legal case is legal.
    """

    name: str
    value: bytes
    codes: frozenset[str]
    why: str = ""
    key: bytes = b""
    headers: Headers = ()


Kind = Callable[[random.Random], Case]


def refused(value: bytes, *codes: str, key: bytes = b"", headers: Headers = ()) -> Case:
    """A case that is refused by one of these codes."""
    return Case("", value, frozenset(codes), "", key, headers)


def legal(value: bytes, why: str, key: bytes = b"", headers: Headers = ()) -> Case:
    """A case that is accepted, for this reason."""
    return Case("", value, frozenset({ACCEPTED}), why, key, headers)


def event(chance: random.Random, **changed: Any) -> dict[str, Any]:
    """A good event; fields are changed by name, and left out when None."""
    whole: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:374d95fc-9457-4a51-bd6a-{chance.getrandbits(48):012x}",
        "eventTime": f"2026-01-{chance.randint(1, 28):02}T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [f"urn:epc:id:sgtin:6901028.007583.{chance.randint(1, 10**6)}"],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def document(*events: Any) -> bytes:
    """A document of some events."""
    return orjson.dumps(
        {
            "@context": CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-02-01T00:00:00Z",
            "epcisBody": {"eventList": list(events)},
        }
    )


def good(chance: random.Random, **changed: Any) -> bytes:
    """A document of one event that is good but for what is changed."""
    return document(event(chance, **changed))
