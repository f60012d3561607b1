"""The line to the central platform: the only file here that opens a socket."""

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
    Mapping,
    Receipt,
    bearer,
    deliver_batch,
    load_mapping,
    open_http,
)
from tracehub_central import wire
from tracehub_central.config import CentralConfig

MAPPING = files("tracehub_central").joinpath("mapping.yaml").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Central:
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
async def open_central(line: Line) -> AsyncIterator[Central]:
    """A line for deliveries."""
    config: CentralConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield Central(http, load_mapping(MAPPING, "tracehub_central/mapping.yaml"))


CONNECTOR = ConnectorType(
    name="central",
    config=CentralConfig,
    open=open_central,
    mapping=MAPPING,
    facts={
        "system": "national traceability platform",
        "protocol": "HTTP, JSON batches",
        "authentication": "bearer token",
        "idempotency": "effect key per event",
    },
)
