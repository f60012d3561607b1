from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_complaint import CONNECTOR

USCC = "913301000000000009"


class TestComplaint(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "complaintNo": f"C{number}",
            "filedAt": "2026-09-21",
            "subject": USCC,
            "state": "受理",
        }
        return {"category": "drug", "channel": "12315", "complaints": [first]}
