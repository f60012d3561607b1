"""What the simulated laboratory and credit system publish, with the truth about each event."""

from __future__ import annotations

import random
from typing import NamedTuple

import orjson

from tracehub.testing.traffic import PUBLISHERS, USCC, Truth

LABORATORY = "inspection/laboratory"
CREDIT = "credit/national"
_FAILED = 0.4


class Publication(NamedTuple):
    """One document that a system hands over when it is asked."""

    connection: str
    category: str
    value: bytes
    truths: tuple[Truth, ...]


def reports(count: int, seed: int) -> list[Publication]:
    """Test reports, one event each: some passed, some failed."""
    chance = random.Random(seed)  # noqa: S311 - a test generator
    return [_report(chance, number, seed) for number in range(count)]


def changes(count: int, seed: int) -> list[Publication]:
    """Credit changes, one event each."""
    chance = random.Random(seed + 1)  # noqa: S311 - a test generator
    return [_change(chance, number, seed) for number in range(count)]


def _report(chance: random.Random, number: int, seed: int) -> Publication:
    place = chance.choice(sorted(PUBLISHERS))
    failed = chance.random() < _FAILED
    guid = f"{seed:08x}-0000-4000-8000-{number:012x}"
    document = {
        "category": "food",
        "laboratory": USCC["guangdong"],
        "reports": [
            {
                "reportId": guid,
                "reportNo": f"R-{seed}-{number}",
                "issuedAt": "2026-09-21 10:00:00",
                "conclusion": "不合格" if failed else "合格",
                "batchNo": f"LAB-{number}",
                "producer": USCC[place],
                "samplingRegion": PUBLISHERS[place][1],
            }
        ],
    }
    kind = "inspection-failure" if failed else "inspection"
    truth = Truth(f"urn:uuid:{guid}", (kind,), PUBLISHERS[place][1], "", "ObjectEvent")
    return Publication(LABORATORY, "food", orjson.dumps(document), (truth,))


def _change(chance: random.Random, number: int, seed: int) -> Publication:
    place = chance.choice(sorted(PUBLISHERS))
    guid = f"{seed:08x}-0000-4000-9000-{number:012x}"
    document = {
        "authority": "省药品监督管理局",
        "changes": [
            {
                "changeId": guid,
                "decisionNo": f"D-{seed}-{number}",
                "decidedOn": "2026-09-21",
                "uscc": USCC[place],
                "list": "严重违法失信名单",
                "action": "列入",
            }
        ],
    }
    # A change names no place: its region is where the party is registered, inside its USCC.
    truth = Truth(f"urn:uuid:{guid}", ("credit-change",), USCC[place][2:8], "", "none")
    return Publication(CREDIT, "food", orjson.dumps(document), (truth,))
