from __future__ import annotations

from tracehub.testing.connector_contract import ConnectorContract
from tracehub_central import CONNECTOR


class TestCentral(ConnectorContract):
    kind = CONNECTOR
