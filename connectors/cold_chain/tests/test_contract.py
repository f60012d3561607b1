from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_cold_chain import CONNECTOR

USCC = "913301000000000009"


class TestColdChain(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "batchNo": f"B{number}",
            "at": "2026-09-21",
            "readings": [{"at": "2026-09-21", "celsius": 4}],
        }
        return {"category": "drug", "operator": USCC, "consignments": [first]}
