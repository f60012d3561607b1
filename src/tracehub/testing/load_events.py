"""Events as platforms publish them, with room for numbers: what a load's templates are made of.

Every category, 1 to 5 products, quantities, parties, documents and an extension, about 1 KB as
JSON. Must not know how an event is written, or where it goes.
"""

from __future__ import annotations

import random
from typing import Any, Final

from tracehub.testing.traffic import USCC, Truth

NUMBER: Final = "777000000777"
"""Stands for the twelve digits of an event's own number."""
PRODUCT: Final = "888000000888"
"""Stands for the twelve digits of a product's number."""
MOMENT: Final = "31:07"
"""Stands for minute and second of an event; `MOMENT_MS` of its hour."""
MOMENT_MS: Final = (31 * 60 + 7) * 1000

_STEPS: Final = ("commissioning", "packing", "shipping", "receiving", "retail_selling")
_USCC: Final = tuple(USCC.values())
_MOVING: Final = frozenset({"shipping", "receiving"})
_TESTED: Final = 0.04
_FAILED: Final = 0.25
_RECALLED: Final = 0.01


def make_event(
    chance: random.Random, category: str, origin: str, destination: str
) -> tuple[dict[str, Any], Truth]:
    """One event in the JSON form of EPCIS 2.0, and the truth about it.

    Args:
        chance: where all choices come from.
        category: product category; drugs have drug trace codes.
        origin: region that it happened in.
        destination: region that goods on the move are sent to.
    """
    step = chance.choice(_STEPS)
    day, hour = chance.randint(1, 28), chance.randint(0, 23)
    identifier = f"urn:uuid:{chance.getrandbits(32):08x}-6ea2-4c1f-8d3b-{NUMBER}"
    event = {
        "type": "ObjectEvent",
        "eventID": identifier,
        "eventTime": f"2026-09-{day:02d}T{hour:02d}:{MOMENT}.000Z",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [_epc(category, index) for index in range(chance.choice((1, 1, 1, 2, 3, 5)))],
        "action": "ADD" if step == "commissioning" else "OBSERVE",
        "bizStep": step,
        "disposition": "active" if step == "commissioning" else "in_transit",
        "readPoint": {"id": _place(chance), "tracehub:region": origin},
        **_details(chance),
    }
    goes_to = destination if step in _MOVING else ""
    if goes_to:
        place = {"type": "location", "destination": _place(chance), "tracehub:region": goes_to}
        event["destinationList"] = [place]
    return event, Truth(identifier, _kinds(chance, step, event), origin, goes_to, "ObjectEvent")


def _details(chance: random.Random) -> dict[str, Any]:
    """Parties, documents, a contract, now and then quantities."""
    owner, holder = chance.sample(_USCC, 2)
    invoice = f"urn:tracehub:invoice:{chance.getrandbits(40)}"
    quantities = [
        {
            "epcClass": "urn:epc:class:lgtin:6901028.007583.L26",
            "quantity": chance.randint(1, 900),
            "uom": "KGM",
        }
        for _ in range(chance.choice((0, 0, 1, 2)))
    ]
    return {
        "bizTransactionList": [{"type": "inv", "bizTransaction": invoice}],
        **({"quantityList": quantities} if quantities else {}),
        "sourceList": [
            {"type": "owning_party", "source": f"urn:tracehub:uscc:{owner}"},
            {"type": "possessing_party", "source": f"urn:tracehub:uscc:{holder}"},
        ],
        "tracehub:contract_id": f"HT-2026-{chance.randint(0, 99999):05d}",
    }


def _place(chance: random.Random) -> str:
    return f"urn:epc:id:sgln:6901028.{chance.randint(0, 99999):05d}.0"


def _epc(category: str, index: int) -> str:
    if category == "drug":
        return f"urn:tracehub:drug:8123456{index}{PRODUCT}"
    return f"urn:epc:id:sgtin:6901028.007583.{index}{PRODUCT}"


def _kinds(chance: random.Random, step: str, event: dict[str, Any]) -> tuple[str, ...]:
    """Now and then a test or a recall instead of an ordinary step."""
    draw = chance.random()
    if draw < _TESTED:
        failed = chance.random() < _FAILED
        event["action"] = "OBSERVE"
        event["bizStep"] = "inspecting"
        event["tracehub:testResult"] = {
            "tracehub:verdict": "failed" if failed else "passed",
            "tracehub:item": "cadmium",
        }
        return ("inspection-failure",) if failed else ("inspection",)
    if draw < _TESTED + _RECALLED:
        event["disposition"] = "recalled"
        return ("sale", "recall") if step == "retail_selling" else ("recall",)
    return ("sale",) if step == "retail_selling" else ("trace",)
