"""Batch type: a whole connector type for a system that takes the hub's batch format by a token.

Events go out as in `batch.py`; what the system publishes is asked for as in `lines.py`. A
connector package adds its field table and what its documents are about. Must not know any system.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

from tracehub.connect.batch import write_item
from tracehub.connect.http import Http, HttpConfig, open_http
from tracehub.connect.lines import About, LineCollector, asking
from tracehub.connect.port import Ability, ConnectorType, Delivery, Line, Open, Receipt
from tracehub.connect.secret import Secret
from tracehub.connect.sending import bearer, deliver_batch
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.mapping_load import load_mapping


class TokenConfig(HttpConfig):
    """A system that knows the hub by a token."""

    token: Secret
    """Bearer token (RFC 6750) that the system gave to this hub."""


class CollectedConfig(TokenConfig):
    """A system that is also asked for what it publishes."""

    category: str = "food"
    """Where a document goes that names no product category of the hub, or can't be read."""


class Documents(NamedTuple):
    """What a system publishes: under which path, and how to see what a document is about."""

    path: str
    about: Callable[[Any], About]


@dataclass(frozen=True, slots=True)
class BatchConnector:
    """An open line to the system, for deliveries."""

    http: Http
    mapping: Mapping

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Hand events over in one request; one receipt per event, in the same order.

        Raises:
            RejectError: the system refused the request as a whole.
            RetryError: it did not answer, or not so that it can be read.
        """
        return await deliver_batch(self.http, events, lambda each: batch_item(each, self.mapping))


def batch_item(delivery: Delivery, mapping: Mapping) -> dict[str, Any]:
    """One event of a request, in the batch format with the system's own body.

    Raises:
        RejectError: the field table can't write this event.
    """
    return write_item(delivery, mapping.write(delivery.event))


def mapping_text(package: str) -> str:
    """The field table of a connector package."""
    return files(package).joinpath("mapping.yaml").read_text("utf-8")


def batch_type(
    name: str,
    config: type[TokenConfig],
    mapping: str,
    *,
    system: tuple[str, str],
    documents: Documents | None = None,
) -> ConnectorType:
    """The type of a system of this sort.

    Args:
        name: the first half of its connections' ids.
        config: what an operator writes; with `documents` a `CollectedConfig`.
        mapping: the text of its field table.
        system: what it is, English and Chinese.
        documents: what it publishes, if anything.
    """
    table = load_mapping(mapping, f"{name}/mapping.yaml")

    def open_line(line: Line) -> AbstractAsyncContextManager[BatchConnector]:
        return open_batch(line, table)

    return ConnectorType(
        name,
        config,
        open_line,
        line_collector(documents) if documents else None,
        mapping=mapping,
        system=system,
        abilities=(batch_ability(publishes=documents is not None),),
    )


@asynccontextmanager
async def open_batch(line: Line, mapping: Mapping) -> AsyncIterator[BatchConnector]:
    """A line for deliveries to a system that knows the hub by a token."""
    async with open_http(line, headers=bearer(line.config.token)) as http:
        yield BatchConnector(http, mapping)


def line_collector(documents: Documents) -> Open:
    """Opens a `Collector` of what a system publishes over HTTP."""

    @asynccontextmanager
    async def open_documents(line: Line) -> AsyncIterator[LineCollector]:
        config: CollectedConfig = line.config
        async with open_http(line, headers=bearer(config.token)) as http:
            yield LineCollector(asking(http), documents.path, documents.about, config.category)

    return open_documents


def batch_ability(*, publishes: bool) -> Ability:
    """What a system of this sort can do."""
    protocol = "HTTP, JSON batches" + ("; NDJSON pages are collected" if publishes else "")
    return Ability(
        "http",
        protocol,
        "bearer token, TLS",
        receives=True,
        publishes=publishes,
        idempotency="idempotency-key",
    )
