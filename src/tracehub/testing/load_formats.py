"""How the events of a load are written: EPCIS in JSON and XML, a document in a system's own form.

Must not know how many of them there will be.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import orjson

from tracehub.testing.load_events import MOMENT, NUMBER, PRODUCT
from tracehub.testing.traffic import USCC, Truth

_CONTEXT: Final = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"tracehub": "urn:tracehub:v1:"},
]
_ORDER: Final = (
    "eventTime",
    "eventTimeZoneOffset",
    "eventID",
    "epcList",
    "action",
    "bizStep",
    "disposition",
    "readPoint",
    "bizTransactionList",
    "quantityList",
    "sourceList",
    "destinationList",
    "tracehub:contract_id",
    "tracehub:testResult",
)
_TYPED: Final = {
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}


def json_document(event: Mapping[str, Any]) -> bytes:
    """An EPCIS 2.0 document in JSON that holds one event."""
    return orjson.dumps(
        {
            "@context": _CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-09-21T00:00:00Z",
            "epcisBody": {"eventList": [event]},
        }
    )


def xml_document(event: Mapping[str, Any]) -> bytes:
    """The same document in XML. A region stands in its place, which sources have none of."""
    inside = "".join(_element(name, event[name]) for name in _ORDER if name in event)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" '
        'xmlns:tracehub="urn:tracehub:v1:" schemaVersion="2.0" '
        'creationDate="2026-09-21T00:00:00Z"><EPCISBody><EventList>'
        f"<ObjectEvent>{inside}</ObjectEvent>"
        "</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


def _element(name: str, value: Any) -> str:
    if name == "epcList":
        return _wrapped(name, (f"<epc>{escape(each)}</epc>" for each in value))
    if name == "quantityList":
        return _wrapped(name, (_wrapped("quantityElement", _fields(each)) for each in value))
    if name in _TYPED:
        return _wrapped(name, (_typed(_TYPED[name], each) for each in value))
    if isinstance(value, Mapping):
        return _wrapped(name, _fields(value))
    return f"<{name}>{escape(str(value))}</{name}>"


def _typed(name: str, entry: Mapping[str, Any]) -> str:
    return f"<{name} type={quoteattr(entry['type'])}>{escape(entry[name])}</{name}>"


def _fields(record: Mapping[str, Any]) -> list[str]:
    return [f"<{name}>{escape(str(value))}</{name}>" for name, value in record.items()]


def _wrapped(name: str, inside: Any) -> str:
    return f"<{name}>{''.join(inside)}</{name}>"


def report_document(chance: random.Random, origin: str) -> tuple[bytes, Truth]:
    """A laboratory's document in its system's own JSON, with one report of 6 items: about 1 KB."""
    failed = chance.random() < 0.1
    conclusion = "不合格" if failed else "合格"
    guid = f"{chance.getrandbits(32):08x}-6ea2-4c1f-8d3b-{NUMBER}"
    document = {
        "category": "food",
        "laboratory": USCC["guangdong"],
        "reports": [
            {
                "reportId": guid,
                "reportNo": f"GD-2026-{chance.randint(0, 99999):05d}",
                "issuedAt": f"2026年9月{chance.randint(1, 28)}日 14时30分",
                "standard": "GB 2762-2017",
                "traceCodes": [f"urn:epc:id:sgtin:6901028.007583.1{PRODUCT}"],
                "producer": chance.choice(tuple(USCC.values())),
                "samplingRegion": origin,
                "sampledAt": f"2026-09-14 09:{MOMENT}",
                "conclusion": conclusion,
                "items": [
                    {
                        "name": name,
                        "method": "GB 5009.15-2014",
                        "value": f"0.{chance.randint(1, 9)} mg/kg",
                        "limit": "0.2 mg/kg",
                        "conclusion": conclusion,
                    }
                    for name in ("镉", "铅", "汞", "砷", "铬", "镍")
                ],
            }
        ],
    }
    kind = "inspection-failure" if failed else "inspection"
    return orjson.dumps(document), Truth(f"urn:uuid:{guid}", (kind,), origin, "", "ObjectEvent")
