from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_customs import CONNECTOR

USCC = "913301000000000009"


class TestCustoms(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "declarationNo": f"{number:018}",
            "direction": "进口",
            "declaredAt": "2026-09-21",
            "trader": USCC,
            "batchNo": "A1",
        }
        return {"category": "drug", "port": "5301", "declarations": [first]}
