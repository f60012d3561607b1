from __future__ import annotations

from tracehub.testing.collector_contract import CollectorContract, EpcisDocuments
from tracehub.testing.connector_contract import ConnectorContract
from tracehub_central import CONNECTOR


class TestCentral(ConnectorContract):
    kind = CONNECTOR


class TestDocuments(EpcisDocuments, CollectorContract):
    kind = CONNECTOR
