from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_settlement import CONNECTOR

USCC = "913301000000000009"


class TestSettlement(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {"ticketNo": f"T{number}", "dealtAt": "2026-09-21", "seller": USCC, "batchNo": "B1"}
        return {
            "category": "drug",
            "market": {"uscc": USCC, "region": "330106"},
            "tickets": [first],
        }
