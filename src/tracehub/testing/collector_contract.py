"""CollectorContract: what a connector must do with a system that is asked for what it publishes.

Subclass it beside `ConnectorContract` for a type that collects, set `kind`, and give `document()`.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tracehub.connect import Collector, Line, RetryError
from tracehub.model.event import CATEGORIES
from tracehub.testing.connector_contract import SECRETS
from tracehub.testing.page_contract import PageContract, collect_all
from tracehub.testing.system_contract import (
    PATIENT_S,
    SLOW,
    TIMEOUT_S,
    Simulated,
    SystemContract,
    line_to,
)
from tracehub.testing.systems import Fault, System, secret_of

_BIG = 300_000
BAD_PAGES = ("hang-up", "garble", "huge", "slow", "compressed", "stall", "stall-after", "redirect")


class EpcisDocuments:
    """What a platform publishes as EPCIS."""

    def document(self, number: int) -> dict[str, Any]:
        """One document of one event."""
        event = {
            "type": "ObjectEvent",
            "eventID": f"urn:x:{number}",
            "eventTime": "2026-09-21T08:00:00.000+08:00",
            "eventTimeZoneOffset": "+08:00",
            "epcList": [f"urn:epc:id:sgtin:6901028.007583.{number}"],
            "action": "OBSERVE",
        }
        return {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-09-21T08:00:00Z",
            "category": "drug",
            "epcisBody": {"eventList": [event]},
        }


class CollectorContract(SystemContract, PageContract):
    """Every law is one test."""

    def settings(self, system: System) -> dict[str, Any]:
        """What the connection's settings hold beside url and time-out."""
        return {"token": secret_of(system.connection)}

    @pytest.fixture
    def line(self, system: System, url: str) -> Line:
        """A line to the running system."""
        return line_to(self.kind, system.connection, url, self.settings(system))

    @pytest.fixture
    def publisher(self, system: System) -> Simulated:
        """The same, as the general laws see it."""
        return Simulated(system)

    async def test_document_when_it_is_not_utf8_is_handed_on_all_the_same(
        self, collector: Collector, system: System
    ) -> None:
        strange = [b"\xff\xfe", b"\x00"]
        system.ledger.publish(system.connection, strange)
        records = (await collector.collect("")).records
        assert [each.value for each in records] == strange
        assert {each.category for each in records} <= set(CATEGORIES)

    async def test_credentials_when_wrong_collect_nothing(self, system: System, url: str) -> None:
        system.ledger.publish(system.connection, self.lines(1))
        assert self.kind.open_collector is not None
        settings = {
            name: "0" * 40 if name in SECRETS else value
            for name, value in self.settings(system).items()
        }
        line = line_to(self.kind, system.connection, url, settings)
        async with self.kind.open_collector(line) as collector:
            with pytest.raises(RetryError, match="401"):
                await collector.collect("")


class ThoroughCollectorContract(CollectorContract):
    """The laws of what is shared by all types that collect in one way; one of them proves it."""

    @pytest.mark.parametrize("mode", BAD_PAGES)
    async def test_page_when_it_is_not_whole_is_asked_for_again(
        self, collector: Collector, system: System, url: str, mode: Any
    ) -> None:
        lines = self.lines(6)
        system.ledger.publish(system.connection, lines)
        system.faults.set(Fault(mode=mode))
        timeout_s = TIMEOUT_S if mode in SLOW else PATIENT_S
        line = line_to(self.kind, system.connection, url, self.settings(system), timeout_s)
        assert self.kind.open_collector is not None
        async with self.kind.open_collector(line) as hasty:
            with pytest.raises(RetryError):
                await hasty.collect("")
        assert "/elsewhere" not in system.requests
        system.faults.set(Fault())
        assert [each.value for each in (await collector.collect("")).records] == lines

    async def test_page_when_too_long_is_asked_for_in_parts(
        self, collector: Collector, system: System
    ) -> None:
        lines = [orjson.dumps({**self.document(each), "annex": "x" * _BIG}) for each in range(9)]
        system.ledger.publish(system.connection, lines)
        records, _ = await collect_all(collector, "", len(lines))
        assert [each.value for each in records] == lines

    async def test_answer_when_no_page_may_be_one_later(
        self, collector: Collector, system: System
    ) -> None:
        for status in (400, 401, 404, 429, 500, 503):
            system.faults.set(Fault(mode="status", status=status, retry_after_s=5, times=1))
            with pytest.raises(RetryError, match=str(status)):
                await collector.collect("")
