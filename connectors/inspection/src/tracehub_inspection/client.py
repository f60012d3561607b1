"""The line to an inspection laboratory: the only file here that opens a socket."""

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
from tracehub_inspection import wire
from tracehub_inspection.config import InspectionConfig

MAPPING = files("tracehub_inspection").joinpath("mapping.yaml").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Inspection:
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
async def open_inspection(line: Line) -> AsyncIterator[Inspection]:
    """A line for deliveries."""
    config: InspectionConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield Inspection(http, load_mapping(MAPPING, "tracehub_inspection/mapping.yaml"))


@asynccontextmanager
async def open_reports(line: Line) -> AsyncIterator[LineCollector]:
    """A line for what the system publishes: reports, in its own bytes."""
    config: InspectionConfig = line.config
    async with open_http(line, headers=bearer(config.token)) as http:
        yield LineCollector(http, "/reports", wire.about, config.category)


CONNECTOR = ConnectorType(
    name="inspection",
    config=InspectionConfig,
    open=open_inspection,
    open_collector=open_reports,
    mapping=MAPPING,
    facts={
        "system": "inspection laboratory",
        "protocol": "HTTP, JSON batches; reports are collected as NDJSON pages",
        "authentication": "bearer token",
        "idempotency": "effect key per event",
    },
)
