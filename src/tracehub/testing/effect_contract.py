"""EffectContract: what every connector must do with any real server of its protocol.

Subclass it in a connector's `tests/test_contract.py`: set `kind`, `ability` and `server`, and give
the fixtures `line` and `receiver`. `ConnectorContract` adds the laws of HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, ClassVar, Protocol

import pytest
import pytest_asyncio

from tracehub.connect import (
    Ability,
    Connector,
    ConnectorType,
    Delivery,
    Line,
    RetryError,
    load_mapping,
    load_type,
    secrets_of,
)
from tracehub.testing.deliveries import sample_deliveries

_DONE = ("delivered", "repeated")


class Receiver(Protocol):
    """The other system, as far as these laws look at it."""

    async def effects(self) -> Sequence[str]:
        """The effect key of everything it has done, in order; one entry for each time."""
        ...

    async def lose_answer(self) -> None:
        """Do what the next delivery asks, then end the connection instead of answering."""
        ...


@pytest.mark.asyncio(loop_scope="class")
class EffectContract:
    """Every law is one test. A class shares one event loop, so that its servers start once."""

    kind: ClassVar[ConnectorType]
    ability: ClassVar[str] = "http"
    server: ClassVar[str] = "uvicorn (HTTP/1.1)"

    @pytest_asyncio.fixture(loop_scope="class")
    async def connector(self, line: Line) -> AsyncIterator[Connector]:
        """The connector, open, without a guard."""
        assert self.kind.open is not None
        async with self.kind.open(line) as connector:
            yield connector

    @property
    def able(self) -> Ability:
        """What the type says of itself over this protocol."""
        (found,) = [each for each in self.kind.abilities if each.name == self.ability]
        return found

    async def test_type_when_asked_for_by_name_is_found(self) -> None:
        assert load_type(self.kind.name) is self.kind
        assert self.able.receives
        assert self.able.idempotency != "none"
        assert all(self.kind.system)
        assert load_mapping(self.kind.mapping, "mapping.yaml").writes

    async def test_batch_when_accepted_has_one_receipt_per_event_in_order(
        self, connector: Connector, receiver: Receiver
    ) -> None:
        sent = sample_deliveries(min(self.kind.max_batch, 100))
        receipts = await connector.deliver(sent)
        assert [each.status for each in receipts] == ["delivered"] * len(sent)
        assert await receiver.effects() == keys(sent)

    async def test_batch_when_empty_has_no_effect(
        self, connector: Connector, receiver: Receiver
    ) -> None:
        assert list(await connector.deliver(())) == []
        assert await receiver.effects() == []

    async def test_event_when_delivered_twice_has_as_many_effects_as_declared(
        self, connector: Connector, receiver: Receiver
    ) -> None:
        sent = sample_deliveries(3)
        await connector.deliver(sent[:2])
        again = await connector.deliver(sent)
        assert [each.status for each in again] == [*[self._repeated] * 2, "delivered"]
        self._check_effects(await receiver.effects(), sent, sent[:2])

    async def test_effect_when_its_answer_was_lost_is_as_declared(
        self, line: Line, receiver: Receiver
    ) -> None:
        """Killed between effect and acknowledgement; then a new process delivers it again."""
        sent = sample_deliveries(4)
        assert self.kind.open is not None
        async with self.kind.open(line) as connector:
            await receiver.lose_answer()
            with pytest.raises(RetryError):
                await connector.deliver(sent)
        assert await receiver.effects() == keys(sent)
        async with self.kind.open(line) as connector:
            receipts = await connector.deliver(sent)
        assert {each.status for each in receipts} == {self._repeated}
        self._check_effects(await receiver.effects(), sent, sent)

    async def test_event_when_delivered_by_two_processes_in_turn_has_effects_as_declared(
        self, line: Line, receiver: Receiver
    ) -> None:
        sent = sample_deliveries(4)
        assert self.kind.open is not None
        async with self.kind.open(line) as one, self.kind.open(line) as other:
            await one.deliver(sent[:2])
            await other.deliver(sent[1:3])
            receipts = await one.deliver(sent)
        assert [each.status for each in receipts] == [*[self._repeated] * 3, "delivered"]
        self._check_effects(await receiver.effects(), sent, [*sent[1:2], *sent[:3]])

    async def test_settings_when_shown_hold_no_secret(self, line: Line) -> None:
        shown = repr(line.config) + line.config.model_dump_json()
        assert [each for each in secrets_of(line.config) if each in shown] == []

    @property
    def _repeated(self) -> Any:
        return "delivered" if self.able.idempotency == "at-least-once" else "repeated"

    def _check_effects(
        self, found: Sequence[str], sent: Iterable[Delivery], again: Iterable[Delivery]
    ) -> None:
        """One effect each; more, of those sent again, where the type says so openly."""
        wanted = Counter(keys(sent))
        if self.able.idempotency == "at-least-once":
            wanted.update(keys(again))
        assert Counter(found) == wanted


def keys(sent: Iterable[Delivery]) -> list[str]:
    """The effect keys of deliveries."""
    return [each.effect_key for each in sent]
