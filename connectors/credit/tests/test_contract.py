from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_credit import CONNECTOR


class TestCredit(ConnectorContract):
    kind = CONNECTOR


class TestChanges(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        return {
            "category": "drug",
            "authority": "省药品监督管理局",
            "changes": [
                {
                    "decisionNo": f"D{number}",
                    "decidedOn": "2026-09-21",
                    "uscc": "913301000000000009",
                    "list": "严重违法失信名单",
                    "action": "列入",
                }
            ],
        }
