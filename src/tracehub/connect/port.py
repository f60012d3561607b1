"""Connector, ConnectorType, Delivery, Receipt: what code for one sort of system must offer.

A connector turns events into one system's wire bodies and answers with one receipt per event. It
must not know the bus, other connections, or how often it is tried: deadline, rate limit, breaker
and retries are put around it once, in `guard.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from tracehub.clock import Clock
from tracehub.model.event import Event
from tracehub.model.record import Position

Status = Literal["delivered", "repeated", "refused", "retry"]


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


@dataclass(frozen=True, slots=True)
class Line:
    """What a connector gets to work with: its connection's id, settings and time."""

    connection: str
    config: Any
    clock: Clock


Open = Callable[[Line], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True, slots=True)
class ConnectorType:
    """A type of connector: the value that an entry point in `tracehub.connectors` names.

    Attributes:
        name: the first half of its connections' ids.
        config: the model of its settings.
        open: opens a `Connector` for one connection, or None if it never receives.
        open_collector: opens a `Collector`, or None if it never publishes by being asked.
        idempotent: the system holds effect keys unique, so a repeat has no second effect.
        max_batch: the most events in one `deliver()`.
        mapping: text of the field table for records that the system writes in its own format;
            the exchange reads records of a `mapped` connection through it.
        facts: what `tracehub connections` shows about it, by heading.
    """

    name: str
    config: type[Config]
    open: Open | None
    open_collector: Open | None = None
    idempotent: bool = True
    max_batch: int = 100
    mapping: str = ""
    facts: Mapping[str, str] | None = None
