"""The line to a credit management system: the only file here that opens a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files

from tracehub.connect import (
    ConnectorType,
    Delivery,
    Http,
    Line,
    LineCollector,
    Mapping,
    Receipt,
    bearer,
    deliver_batch,
    load_mapping,
    open_http,
)
from tracehub_credit import wire
from tracehub_credit.config import CreditConfig

MAPPING = files("tracehub_credit").joinpath("mapping.yaml").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Credit:
    """An open line to the system, for deliveries."""

    http: Http
    mapping: Mapping

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Hand events over in one request; one receipt per event, in the same order.

        Raises:
            RejectError: the system refused the request as a whole.
            RetryError: it did not answer, or not so that it can be read.
        """
        return await deliver_batch(self.http, events, lambda each: wire.item(each, self.mapping))


@asynccontextmanager
async def open_credit(line: Line) -> AsyncIterator[Credit]:
    """A line for deliveries."""
    config: CreditConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield Credit(http, load_mapping(MAPPING, "tracehub_credit/mapping.yaml"))


@asynccontextmanager
async def open_changes(line: Line) -> AsyncIterator[LineCollector]:
    """A line for what the system publishes: changes, in its own bytes."""
    config: CreditConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield LineCollector(http, "/changes", wire.about, config.category)


CONNECTOR = ConnectorType(
    name="credit",
    config=CreditConfig,
    open=open_credit,
    open_collector=open_changes,
    mapping=MAPPING,
    facts={
        "system": "credit management system",
        "protocol": "HTTP, JSON batches; changes are collected as NDJSON pages",
        "authentication": "bearer token",
        "idempotency": "effect key per event",
    },
)
