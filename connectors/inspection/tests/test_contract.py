from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import ThoroughCollectorContract
from tracehub.testing.connector_contract import ThoroughContract
from tracehub_inspection import CONNECTOR


class TestInspection(ThoroughContract):
    kind = CONNECTOR


class TestReports(ThoroughCollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        return {
            "category": "drug",
            "laboratory": "914403001922038216",
            "reports": [
                {"reportNo": f"R{number}", "issuedAt": "2026-09-21 10:00:00", "conclusion": "合格"}
            ],
        }
