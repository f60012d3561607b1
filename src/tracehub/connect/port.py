"""Connector, ConnectorType, Delivery, Receipt: what code for one sort of system must offer.

A connector turns events into one system's wire bodies and answers with one receipt per event. It
must not know the bus, other connections, or how often it is tried: deadline, rate limit, breaker
and retries are put around it once, in `guard.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol, get_args

from pydantic import BaseModel, ConfigDict, field_validator

from tracehub.clock import Clock
from tracehub.connect.address import check_url
from tracehub.model.event import Event
from tracehub.model.record import Position

Status = Literal["delivered", "repeated", "refused", "retry"]
Idempotency = Literal[
    "idempotency-key", "event-id", "upsert", "manifest", "read-back", "at-least-once", "none"
]
IDEMPOTENCY: Final[tuple[Idempotency, ...]] = get_args(Idempotency)
"""How a repeat is kept from having a second effect (delivery contract, section 2.7); `none` for a
line that delivers nothing. `at-least-once` says openly that it is not."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one connection, cut down to what its receiver may see.

    Attributes:
        effect_key: lower-case hex; the receiver must hold it unique.
        cut: names of body sections that were withheld; a receiver is told, never left guessing.
    """

    event: Event
    effect_key: str
    position: Position
    item: int
    received_at: int
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other system answered for one delivery.

    Attributes:
        status: `delivered`; `repeated` when it had the event already; `refused` for good;
            `retry` when it may work later.
        reference: the other system's own number for it, if any.
        code: stable reason of a refusal, `<type>/<fault>`.
        text: the answer in words, scrubbed of secrets and bodies, at most 1 KiB.
        after_s: for `retry`, the least wait the other system asked for.
    """

    status: Status
    reference: str = ""
    code: str = ""
    text: str = ""
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Collected:
    """One record a system handed over: its own bytes, for one product category."""

    category: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Records after one cursor, and the cursor after them. An empty page means: all is read."""

    records: tuple[Collected, ...]
    cursor: str


class Connector(Protocol):
    """An open line to one system."""

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Hand events over; one receipt per event, in the same order.

        Delivering the same effect key again has no second effect.

        Raises:
            RejectError: the system refused the request as a whole, and it can't be told which event
                is to blame; the guard halves it until the culprit stands alone.
            RetryError: nothing is known about any of them; all are tried again.
        """
        ...


class Collector(Protocol):
    """A system that is asked for what it publishes."""

    async def collect(self, cursor: str) -> Page:
        """Records after `cursor`; the empty cursor is the beginning.

        Raises:
            RetryError: the system did not answer; the same cursor is asked again.
        """
        ...


class Config(BaseModel):
    """What an operator writes for a connection of this type. Subclass it; unknown keys fail."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str
    """Where the system listens, without a trailing slash."""
    timeout_s: float = 10.0
    """The deadline of one request, connection and answer together."""

    @field_validator("url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        check_url(url)
        return url


@dataclass(frozen=True, slots=True)
class Line:
    """What a connector gets to work with: its connection's id, settings and time."""

    connection: str
    config: Any
    clock: Clock


Open = Callable[[Line], AbstractAsyncContextManager[Any]]


class Ability(NamedTuple):
    """What a connector type can do over one protocol; the table of systems is made of these.

    Attributes:
        name: short and stable (`http`, `sftp`), the same in the tests of it.
        protocol: in words.
        authentication: what proves who speaks.
        receives: deliveries go out over it.
        publishes: records are collected over it.
        idempotency: of its deliveries.
    """

    name: str
    protocol: str
    authentication: str
    receives: bool
    publishes: bool
    idempotency: Idempotency


@dataclass(frozen=True, slots=True)
class ConnectorType:
    """A type of connector: the value that an entry point in `tracehub.connectors` names.

    Attributes:
        name: the first half of its connections' ids.
        config: the model of its settings.
        open: opens a `Connector` for one connection, or None if it never receives.
        open_collector: opens a `Collector`, or None if it never publishes by being asked.
        max_batch: the most events in one `deliver()`.
        mapping: text of the field table for records that the system writes in its own format;
            the exchange reads records of a `mapped` connection through it.
        system: the sort of system in words, English and Chinese.
        abilities: what it can do, by protocol.
    """

    name: str
    config: type[Config]
    open: Open | None
    open_collector: Open | None = None
    max_batch: int = 100
    mapping: str = ""
    system: tuple[str, str] = ("", "")
    abilities: tuple[Ability, ...] = ()
