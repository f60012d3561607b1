from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_certification import CONNECTOR

USCC = "913301000000000009"


class TestCertification(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "certificateNo": f"C{number}",
            "status": "发证",
            "at": "2026-09-21",
            "holder": USCC,
            "productCode": "6901028075831",
        }
        return {"category": "drug", "body": "CQC", "certificates": [first]}
