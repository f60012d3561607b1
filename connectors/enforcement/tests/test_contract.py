from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_enforcement import CONNECTOR

USCC = "913301000000000009"


class TestEnforcement(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "decisionNo": f"D{number}",
            "decidedOn": "2026-09-21",
            "subject": USCC,
            "measure": "罚款",
        }
        return {"category": "drug", "authority": "省市场监督管理局", "decisions": [first]}
