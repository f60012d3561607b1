from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_qms import CONNECTOR

USCC = "913301000000000009"


class TestQms(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "recordNo": f"R{number}",
            "recordType": "批次放行",
            "at": "2026-09-21",
            "batchNo": "A1",
        }
        return {"category": "drug", "enterprise": USCC, "records": [first]}
