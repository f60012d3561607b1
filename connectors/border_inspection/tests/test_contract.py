from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_border_inspection import CONNECTOR

USCC = "913301000000000009"


class TestBorderInspection(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "certificateNo": f"C{number}",
            "declarationNo": "1",
            "issuedAt": "2026-09-21",
            "importer": USCC,
            "batchNo": "A1",
            "conclusion": "合格",
        }
        return {"category": "drug", "authority": "海关", "results": [first]}
