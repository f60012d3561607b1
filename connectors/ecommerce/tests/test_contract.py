from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_ecommerce import CONNECTOR

USCC = "913301000000000009"


class TestEcommerce(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {"orderNo": f"O{number}", "soldAt": "2026-09-21", "shop": USCC, "batchNo": "A1"}
        return {"category": "drug", "platform": "plat-1", "sales": [first]}
