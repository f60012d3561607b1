"""ConnectorContract: what every connector must do with a system that behaves, and one that doesn't.

Subclass it in a connector's `tests/test_contract.py` and set `kind`. Without more it runs against
the simulated system of that type; give the fixture `system` for another, and `settings()` for what
the connection needs beside url and time-out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from tracehub.connect import (
    Connector,
    Delivery,
    Guard,
    Limits,
    Line,
    Receipt,
    RejectError,
    RetryError,
    secrets_of,
)
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.effect_contract import EffectContract
from tracehub.testing.system_contract import (
    PATIENT_S,
    SLOW,
    TIMEOUT_S,
    Simulated,
    SystemContract,
    line_to,
)
from tracehub.testing.systems import Entry, Fault, System, running, secret_of

OUTCOME_UNKNOWN = (
    "hang-up",
    "garble",
    "short",
    "huge",
    "slow",
    "compressed",
    "bomb",
    "stall-after",
)
REFUSED_AS_A_WHOLE = (400, 404, 409, 410, 413, 422)
SECRETS = frozenset({"token", "secret", "signing_key", "password"})
MAY_WORK_LATER = (401, 403, 405, 408, 425, 500, 502, 503, 504)


class ConnectorContract(SystemContract, EffectContract):
    """Every law is one test."""

    @pytest.fixture
    def receiver(self, system: System) -> Simulated:
        """The same, as the general laws see it."""
        return Simulated(system)

    def settings(self, system: System) -> dict[str, Any]:
        """What the connection's settings hold beside url and time-out."""
        return {"token": secret_of(system.connection)}

    @pytest.fixture
    def line(self, system: System, url: str) -> Line:
        """A line to the running system."""
        return line_to(self.kind, system.connection, url, self.settings(system))

    async def test_receipt_when_given_has_the_systems_own_reference(
        self, connector: Connector, system: System
    ) -> None:
        sent = sample_deliveries(5)
        receipts = await connector.deliver(sent)
        assert len({each.reference for each in receipts}) == len(sent)
        entries = _entries(system)
        assert [each.effect_key for each in entries] == [each.effect_key for each in sent]
        assert [each.event_id for each in entries] == [_id(each) for each in sent]

    async def test_receipt_when_an_event_is_repeated_names_the_first_effect(
        self, connector: Connector
    ) -> None:
        first = await connector.deliver(sample_deliveries(2))
        again = await connector.deliver(sample_deliveries(3))
        assert [each.reference for each in again[:2]] == [each.reference for each in first]

    async def test_events_when_refused_one_by_one_have_a_code_each(
        self, connector: Connector, system: System
    ) -> None:
        sent = sample_deliveries(20)
        fault = Fault(mode="refuse", every=2, reason="invalid")
        system.faults.set(fault)
        receipts = await connector.deliver(sent)
        wanted = ["refused" if fault.hits(each.effect_key) else "delivered" for each in sent]
        assert [each.status for each in receipts] == wanted
        assert set(wanted) == {"refused", "delivered"}
        codes = {each.code for each in receipts if each.status == "refused"}
        assert codes == {f"{self.kind.name}/invalid"}
        assert {each.code for each in receipts if each.status == "delivered"} == {""}
        taken = [
            each.effect_key for each, status in zip(sent, wanted, strict=True) if status[0] == "d"
        ]
        assert [each.effect_key for each in _entries(system)] == taken

    async def test_code_when_the_reason_is_the_systems_own_words_stays_of_a_closed_set(
        self, connector: Connector, system: System
    ) -> None:
        system.faults.set(Fault(mode="refuse", reason="the stamp is upside down"))
        (receipt,) = await connector.deliver(sample_deliveries(1))
        assert receipt.code == f"{self.kind.name}/refused"
        assert "upside down" in receipt.text

    async def test_content_when_another_under_one_key_is_refused(
        self, connector: Connector, system: System
    ) -> None:
        await connector.deliver(sample_deliveries(1))
        (receipt,) = await connector.deliver([_other_content(sample_deliveries(1)[0])])
        assert (receipt.status, receipt.code) == ("refused", f"{self.kind.name}/conflict")
        assert system.ledger.counts() == (1, 1)

    async def test_events_when_the_system_is_busy_are_tried_later(
        self, connector: Connector, system: System
    ) -> None:
        system.faults.set(Fault(mode="busy", retry_after_s=3))
        receipts = await connector.deliver(sample_deliveries(2))
        assert [(each.status, each.after_s) for each in receipts] == [("retry", 3.0)] * 2
        assert system.ledger.counts() == (0, 0)

    async def test_request_when_refused_as_a_whole_is_rejected(
        self, connector: Connector, system: System
    ) -> None:
        for status in REFUSED_AS_A_WHOLE:
            system.faults.set(Fault(mode="status", status=status, times=1))
            with pytest.raises(RejectError) as caught:
                await connector.deliver(sample_deliveries(2))
            assert re.fullmatch(rf"{self.kind.name}/[a-z-]+", caught.value.code)
            assert str(status) in caught.value.text

    async def test_wait_when_the_system_asks_for_one_is_handed_on(
        self, connector: Connector, system: System
    ) -> None:
        for status in (429, 503):
            system.faults.set(Fault(mode="status", status=status, retry_after_s=7, times=1))
            with pytest.raises(RetryError) as caught:
                await connector.deliver(sample_deliveries(1))
            assert caught.value.after_s == 7.0

    async def test_credentials_when_wrong_lose_no_event(self, system: System, url: str) -> None:
        settings = self.settings(system)
        wrong = {name: "0" * 40 for name in settings if name in SECRETS}
        line = line_to(self.kind, system.connection, url, {**settings, **wrong})
        assert self.kind.open is not None
        async with self.kind.open(line) as connector:
            with pytest.raises(RetryError):
                await connector.deliver(sample_deliveries(1))
        assert system.ledger.counts() == (0, 0)

    async def test_secret_when_echoed_by_the_system_reaches_nobody(
        self, line: Line, connector: Connector, system: System
    ) -> None:
        secrets = secrets_of(line.config)
        guard = Guard(
            connector,
            limits=Limits(breaker_failures=100, rate_per_s=1e6),
            clock=line.clock,
            backoff=lambda _tries: 0.0,
            secrets=secrets,
        )
        faults = [Fault(mode="echo", status=status) for status in (401, 422, 500)]
        faults += [Fault(mode="refuse", reason=f"you said {secret}") for secret in secrets]
        for fault in faults:
            system.faults.set(fault)
            receipts = await guard.deliver(sample_deliveries(2))
            said = f"{receipts} {guard.view} {await _raised(connector)}"
            assert not any(secret in said for secret in secrets)
        assert secrets


class ThoroughContract(ConnectorContract):
    """The laws of what is shared by all types that send in one way; one of them proves it."""

    async def test_batch_when_empty_asks_nothing(
        self, connector: Connector, system: System
    ) -> None:
        assert list(await connector.deliver(())) == []
        assert not system.requests

    @pytest.mark.parametrize("mode", OUTCOME_UNKNOWN)
    async def test_answer_when_lost_after_the_effect_is_asked_for_again(
        self, connector: Connector, system: System, url: str, mode: Any
    ) -> None:
        sent = sample_deliveries(4)
        system.faults.set(Fault(mode=mode, times=1))
        await self._given_up(system, url, sent, TIMEOUT_S if mode in SLOW else PATIENT_S)
        if mode not in SLOW:  # a busy machine may not have come to the effect by then
            assert system.ledger.counts() == (4, 4)
        receipts = await connector.deliver(sent)
        assert {each.status for each in receipts} <= {"repeated", "delivered"}
        assert system.ledger.counts() == (4, 4)

    async def test_request_when_not_served_may_work_later(
        self, connector: Connector, system: System
    ) -> None:
        for status in MAY_WORK_LATER:
            system.faults.set(Fault(mode="status", status=status, times=1))
            with pytest.raises(RetryError, match=str(status)):
                await connector.deliver(sample_deliveries(2))

    async def test_redirect_when_answered_is_not_followed(
        self, connector: Connector, system: System
    ) -> None:
        system.faults.set(Fault(mode="redirect"))
        with pytest.raises(RetryError, match="307"):
            await connector.deliver(sample_deliveries(1))
        assert sum(system.requests.values()) == 1

    async def test_system_when_it_stalls_is_given_up(
        self, connector: Connector, system: System, url: str
    ) -> None:
        system.faults.set(Fault(mode="stall"))
        await self._given_up(system, url, sample_deliveries(1), TIMEOUT_S)
        system.faults.set(Fault())
        (receipt,) = await connector.deliver(sample_deliveries(1))
        assert receipt.status == "delivered"

    async def test_system_when_nobody_listens_may_come_back(self, system: System) -> None:
        async with running(system) as url:
            gone = line_to(self.kind, system.connection, url, self.settings(system))
        assert self.kind.open is not None
        async with self.kind.open(gone) as connector:
            with pytest.raises(RetryError):
                await connector.deliver(sample_deliveries(1))

    async def _given_up(
        self, system: System, url: str, sent: Sequence[Delivery], timeout_s: float
    ) -> None:
        """A delivery by a connector with that deadline tells that it may work later."""
        line = line_to(self.kind, system.connection, url, self.settings(system), timeout_s)
        assert self.kind.open is not None
        async with self.kind.open(line) as connector:
            with pytest.raises(RetryError):
                await connector.deliver(sent)


def _entries(system: System) -> list[Entry]:
    return list(system.ledger.entries(system.connection))


def _id(delivery: Delivery) -> str:
    return delivery.event.header.event_id


def _other_content(delivery: Delivery) -> Delivery:
    header = delivery.event.header._replace(occurred_at=delivery.event.header.occurred_at + 1000)
    return Delivery(
        delivery.event._replace(header=header),
        delivery.effect_key,
        delivery.position,
        delivery.item,
        delivery.received_at,
    )


async def _raised(connector: Connector) -> Sequence[Receipt] | str:
    """What a connector without a guard says when it raises."""
    try:
        await connector.deliver(sample_deliveries(1))
    except (RejectError, RetryError) as error:
        return repr(error)
    return ""
