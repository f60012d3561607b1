"""Seeded, realistic traffic: documents as platforms publish them, and the truth about each.

Products move through their life (made, packed, shipped, received, sold, tested, now and then
recalled) between three provinces. A few documents are broken on purpose, a few are sent twice.
The same seed gives the same bytes; nothing is held in memory but the products on their way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from tracehub.model.instant import utc
from tracehub.testing.breakage import BREAKAGES, Breakage

PUBLISHERS: Final = {
    "zhejiang": ("provincial/zhejiang", "330106"),
    "guangdong": ("provincial/guangdong", "440305"),
    "sichuan": ("provincial/sichuan", "510107"),
}
_CATEGORIES: Final = ("food", "drug", "agri-food")
_SGTIN: Final = "urn:epc:id:sgtin:6901028.007583"
_STEPS: Final = ("commissioning", "packing", "shipping", "receiving", "retail_selling")
USCC: Final = {
    "zhejiang": "913301000000000009",
    "guangdong": "914403001922038216",
    "sichuan": "91512081MA62K0260E",
}
_CONTEXT: Final = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"tracehub": "urn:tracehub:v1:"},
]
_START_MS: Final = 1_790_000_000_000
_BAD: Final = 0.02
_REPEATED: Final = 0.01
_DOCUMENT: Final = 0.15
_TESTED: Final = 0.12
_FAILED: Final = 0.25
_RECALLED: Final = 0.02


class Truth(NamedTuple):
    """What is true of one event: what the routing header must say, or why it is refused."""

    event_id: str
    kinds: tuple[str, ...]
    origin: str
    destination: str
    event_type: str
    code: str = ""


class Sent(NamedTuple):
    """One record to publish and the truth about each of its events."""

    category: str
    connection: str
    key: bytes
    value: bytes
    truths: tuple[Truth, ...]


@dataclass(slots=True)
class _Product:
    category: str
    epc: str
    place: str
    target: str
    step: int = 0


def traffic(
    count: int, seed: int, *, bad: float = _BAD, repeated: float = _REPEATED
) -> Iterator[Sent]:
    """Records that hold `count` events together; the last document may be cut short to fit.

    Args:
        count: events (and unreadable records, which count one each).
        seed: equal seeds give equal bytes.
        bad: the share of records that are broken on purpose.
        repeated: the share of records that are sent twice.
    """
    chance = random.Random(seed)  # noqa: S311 - a test generator
    products: list[_Product] = []
    made = 0
    last: Sent | None = None
    while made < count:
        if last is not None and chance.random() < repeated and len(last.truths) <= count - made:
            sent, last = last, None
        elif chance.random() < bad:
            sent = _broken(chance, made, seed)
        else:
            size = chance.randint(2, 4) if chance.random() < _DOCUMENT else 1
            sent = _document(chance, products, min(size, count - made), made, seed)
            last = sent
        made += len(sent.truths)
        yield sent


def _document(
    chance: random.Random, products: list[_Product], size: int, number: int, seed: int
) -> Sent:
    product = _pick(chance, products, number)
    events, truths = [], []
    for index in range(size):
        event, truth = _event(chance, product, f"{seed:x}-{number + index}", number + index)
        events.append(event)
        truths.append(truth)
        product.step += 1
    publisher = PUBLISHERS[product.place][0]
    body: dict[str, Any] = {
        "@context": _CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-21T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
    return Sent(
        product.category, publisher, product.epc.encode(), orjson.dumps(body), tuple(truths)
    )


def _pick(chance: random.Random, products: list[_Product], number: int) -> _Product:
    on_the_way = 200
    if len(products) < on_the_way:
        place, target = chance.sample(sorted(PUBLISHERS), 2)
        products.append(_made(chance, number, place, target))
        return products[-1]
    index = chance.randrange(len(products))
    if products[index].step >= len(_STEPS):
        return products.pop(index)
    return products[index]


def _made(chance: random.Random, number: int, place: str, target: str) -> _Product:
    category = chance.choice(_CATEGORIES)
    drug = category == "drug"
    epc = f"urn:tracehub:drug:8123456{number:013d}" if drug else f"{_SGTIN}.{number}"
    return _Product(category, epc, place, target)


def _event(
    chance: random.Random, product: _Product, serial: str, number: int
) -> tuple[dict[str, Any], Truth]:
    step = _STEPS[min(product.step, len(_STEPS) - 1)]
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{_uuid(chance)}",
        "eventTime": _instant(_START_MS + number * 1000),
        "eventTimeZoneOffset": "+08:00",
        "epcList": [product.epc],
        "action": "ADD" if step == "commissioning" else "OBSERVE",
        "bizStep": step,
        "disposition": "active" if step == "commissioning" else "in_transit",
        "readPoint": {
            "id": f"urn:epc:id:sgln:6901028.00001.{serial}",
            "tracehub:region": PUBLISHERS[product.place][1],
        },
        "sourceList": [
            {"type": "owning_party", "source": f"urn:tracehub:uscc:{USCC[product.place]}"}
        ],
    }
    destination = ""
    if step in {"shipping", "receiving"}:
        destination = PUBLISHERS[product.target][1]
        event["destinationList"] = [
            {
                "type": "location",
                "destination": f"urn:epc:id:sgln:6901028.00002.{serial}",
                "tracehub:region": destination,
            }
        ]
    kinds = _kinds(chance, step, event)
    origin = PUBLISHERS[product.place][1]
    return event, Truth(event["eventID"], kinds, origin, destination, "ObjectEvent")


def _kinds(chance: random.Random, step: str, event: dict[str, Any]) -> tuple[str, ...]:
    """Now and then turn an ordinary step into a test or a recall; say what kinds it has."""
    if chance.random() < _TESTED:
        failed = chance.random() < _FAILED
        event["action"] = "OBSERVE"
        event["bizStep"] = "inspecting"
        event["bizTransactionList"] = [
            {"type": "testres", "bizTransaction": f"urn:tracehub:report:{chance.getrandbits(40)}"}
        ]
        verdict = "failed" if failed else "passed"
        event["tracehub:testResult"] = {"tracehub:verdict": verdict, "tracehub:item": "cadmium"}
        return ("inspection-failure",) if failed else ("inspection",)
    if chance.random() < _RECALLED:
        event["disposition"] = "recalled"
        return ("sale", "recall") if step == "retail_selling" else ("recall",)
    return ("sale",) if step == "retail_selling" else ("trace",)


def _broken(chance: random.Random, number: int, seed: int) -> Sent:
    place = chance.choice(sorted(PUBLISHERS))
    # Of every category alike: a backlog is read topic by topic, and no topic may be a flood.
    product = _made(chance, number, place, place)
    event, truth = _event(chance, product, f"{seed:x}-{number}", number)
    breakage: Breakage = chance.choice(BREAKAGES)
    body = {
        "@context": _CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-21T00:00:00Z",
        "epcisBody": {"eventList": [event]},
    }
    value = breakage.damage(body)
    refused = truth._replace(code=breakage.code)
    return Sent(product.category, PUBLISHERS[place][0], product.epc.encode(), value, (refused,))


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join(
        (digits[:8], digits[8:12], "4" + digits[13:16], "8" + digits[17:20], digits[20:])
    )


def _instant(instant_ms: int) -> str:
    return utc(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
