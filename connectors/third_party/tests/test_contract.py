from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_third_party import CONNECTOR

USCC = "913301000000000009"


class TestThirdParty(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "recordNo": f"N{number}",
            "at": "2026-09-21",
            "step": "shipping",
            "owner": USCC,
            "batchNo": "A1",
        }
        return {"category": "drug", "platform": "p", "records": [first]}
