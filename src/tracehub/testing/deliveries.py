"""Sample deliveries: small, different, and the same every time."""

from __future__ import annotations

import hashlib
from typing import Any

from tracehub.connect import Delivery
from tracehub.model.event import Event, Header, Party, Product
from tracehub.model.facts import effect_key
from tracehub.model.instant import utc
from tracehub.model.record import Position

_START_MS = 1_790_000_000_000
_RAW = "raw.food.provincial.zhejiang"


def sample_event(number: int = 0) -> Event:
    """A failed test of one product, with all that a receiver of any type looks at."""
    digits = hashlib.sha256(str(number).encode()).hexdigest()
    occurred_at = _START_MS + number * 1000
    header = Header(
        event_id=f"ni:///sha-256;{digits}?ver=CBV2.0",
        category="food",
        event_type="ObjectEvent",
        action="OBSERVE",
        biz_step="inspecting",
        disposition="non_sellable_other",
        kinds=("inspection-failure",),
        correction="none",
        declared_at=0,
        occurred_at=occurred_at,
        origin_region="330106",
        origin_basis="read_point",
        destination_region="",
        destination_basis="none",
        parties=(
            Party("owner", "uscc", "913301000000000009"),
            Party("laboratory", "uscc", "914403001922038216"),
        ),
        product=Product("sgtin", f"https://id.gs1.org/01/06901028075831/21/{number}"),
        addressees=(),
    )
    occurred = utc(occurred_at).isoformat(timespec="milliseconds")
    return Event(
        header,
        public={"body": _public(occurred, header.product.id)},
        regulator={"body": _regulator(f"R{number:06d}")},
    )


def sample_delivery(number: int = 0) -> Delivery:
    """`sample_event(number)` on its way to a receiver that may see it up to `regulator`."""
    event = sample_event(number)
    key = effect_key("provincial/zhejiang", event.header.event_id, event.header.declared_at)
    return Delivery(
        event=event,
        effect_key=key.hex(),
        position=Position(_RAW, 0, number),
        item=0,
        received_at=event.header.occurred_at + 60_000,
        cut=("trade_secret", "personal"),
    )


def sample_deliveries(count: int, first: int = 0) -> tuple[Delivery, ...]:
    """`count` deliveries with numbers from `first` on; no two have one effect key."""
    return tuple(sample_delivery(number) for number in range(first, first + count))


def _public(occurred: str, epc: str) -> dict[str, Any]:
    return {
        "salt": "",
        "event_id_given": False,
        "event_time": occurred,
        "time_zone_offset": "+08:00",
        "epcs": [epc],
        "child_epcs": [],
        "input_epcs": [],
        "output_epcs": [],
        "certification_info": [],
    }


def _regulator(report: str) -> dict[str, Any]:
    lists = ("child_quantities", "input_quantities", "output_quantities", "sources")
    empty: dict[str, Any] = {name: [] for name in lists}
    return {
        **empty,
        "salt": "",
        "quantities": [
            {
                "epc_class": "https://id.gs1.org/01/06901028075831/10/A1",
                "quantity": 2.5,
                "uom": "KGM",
                "extensions": [],
            }
        ],
        "read_point": {"id": "urn:tracehub:place:330106", "extensions": []},
        "transactions": [
            {"type": "testres", "id": f"urn:tracehub:report:{report}", "extensions": []}
        ],
        "destinations": [],
        "sensors": [],
        "ilmd": [],
        "certificates": [],
        "tests": [
            {
                "verdict": "failed",
                "report_id": report,
                "laboratory": "914403001922038216",
                "method": None,
                "item": "cadmium",
                "value": "0.4 mg/kg",
                "limit": "0.2 mg/kg",
                "sampled_at": None,
            }
        ],
    }
