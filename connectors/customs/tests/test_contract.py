from __future__ import annotations

from typing import Any

from tracehub.testing.collector_contract import ThoroughCollectorContract
from tracehub.testing.connector_contract import ThoroughContract
from tracehub.testing.systems import System, secret_of
from tracehub_customs import CONNECTOR

USCC = "913301000000000009"
SERVER = "SOAP service of the test kit, uvicorn"


class TestCustoms(ThoroughContract):
    kind = CONNECTOR
    ability = "soap"
    server = SERVER

    def settings(self, system: System) -> dict[str, Any]:
        return {"username": "hub", "password": secret_of(system.connection)}


class TestDeclarations(ThoroughCollectorContract):
    kind = CONNECTOR
    ability = "soap"
    server = SERVER

    def settings(self, system: System) -> dict[str, Any]:
        return {"username": "hub", "password": secret_of(system.connection)}

    def document(self, number: int) -> dict[str, Any]:
        first = {
            "declarationNo": f"{number:018}",
            "direction": "进口",
            "declaredAt": "2026-09-21",
            "trader": USCC,
            "batchNo": "A1",
        }
        return {"category": "drug", "declarations": [first]}
