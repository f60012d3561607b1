from __future__ import annotations

from typing import Any

import pytest

from tracehub.connect import Collector, Connector, RetryError
from tracehub.testing.collector_contract import EpcisDocuments, ThoroughCollectorContract
from tracehub.testing.connector_contract import ThoroughContract
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.systems import Fault, System, platform_of, secret_of
from tracehub_provincial import CONNECTOR


class Signed:
    """Who knows us by our name and a shared secret."""

    kind = CONNECTOR

    def settings(self, system: System) -> dict[str, Any]:
        return {
            "platform": platform_of(system.connection),
            "secret": secret_of(system.connection),
        }


class TestProvincial(Signed, ThoroughContract):
    async def test_answer_when_its_signature_is_wrong_is_no_receipt(
        self, connector: Connector, system: System
    ) -> None:
        sent = sample_deliveries(2)
        system.faults.set(Fault(mode="bad-signature", times=1))
        with pytest.raises(RetryError, match="signature"):
            await connector.deliver(sent)
        assert {each.status for each in await connector.deliver(sent)} == {"repeated"}
        assert system.ledger.counts() == (2, 2)


class TestDocuments(Signed, EpcisDocuments, ThoroughCollectorContract):
    async def test_page_when_its_signature_is_wrong_is_none(
        self, collector: Collector, system: System
    ) -> None:
        lines = self.lines(2)
        system.ledger.publish(system.connection, lines)
        system.faults.set(Fault(mode="bad-signature", times=1))
        with pytest.raises(RetryError, match="signature"):
            await collector.collect("")
        assert [each.value for each in (await collector.collect("")).records] == lines
