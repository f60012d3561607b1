"""The lines to a third-party platform: the only file here that opens a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

from tracehub.connect import (
    Ability,
    ConfigError,
    ConnectorType,
    Delivery,
    Line,
    load_mapping,
    mapping_text,
)
from tracehub.connect.bridge import open_bridge, open_topic
from tracehub.connect.drop import open_drop, open_pickup
from tracehub.connect.epcis import open_events, open_repository
from tracehub.connect.table import open_rows, open_table
from tracehub.connect.webhook import open_webhook
from tracehub_third_party import wire
from tracehub_third_party.config import ThirdPartyConfig

MAPPING = mapping_text("tracehub_third_party")
_TABLE = load_mapping(MAPPING, "third-party/mapping.yaml")
_Write = Callable[[Delivery], Mapping[str, Any]]
_OUT: Mapping[str, Callable[[Line, _Write], AbstractAsyncContextManager[Any]]] = {
    "kafka": open_bridge,
    "postgres": open_table,
    "sftp": open_drop,
    "webhook": open_webhook,
}
_IN: Mapping[str, Callable[[Line, Any], AbstractAsyncContextManager[Any]]] = {
    "epcis": open_events,
    "kafka": open_topic,
    "postgres": open_rows,
    "sftp": open_pickup,
}


@asynccontextmanager
async def open_out(line: Line) -> AsyncIterator[Any]:
    """A line for deliveries, over the protocol of its settings."""
    config: ThirdPartyConfig = line.config
    chosen = replace(line, config=config.far)
    if config.far.protocol == "epcis":
        opening: AbstractAsyncContextManager[Any] = open_repository(chosen)
    else:
        opening = _OUT[config.far.protocol](chosen, lambda each: wire.item(each, _TABLE))
    async with opening as connector:
        yield connector


@asynccontextmanager
async def open_in(line: Line) -> AsyncIterator[Any]:
    """A line for what the platform publishes.

    Raises:
        ConfigError: nothing is collected over this protocol.
    """
    config: ThirdPartyConfig = line.config
    opening = _IN.get(config.far.protocol)
    if opening is None:
        raise ConfigError(
            f"connections.{line.connection}.collect_every_s: over {config.far.protocol} nothing is "
            f"collected; remove the key, or use one of {', '.join(_IN)}"
        )
    async with opening(replace(line, config=config.far), wire.about) as collector:
        yield collector


CONNECTOR = ConnectorType(
    name="third-party",
    config=ThirdPartyConfig,
    open=open_out,
    open_collector=open_in,
    mapping=MAPPING,
    system=("third-party traceability platform", "第三方追溯平台"),
    abilities=(
        Ability(
            "epcis",
            "EPCIS 2.0 REST, POST and GET /events",
            "bearer token, TLS",
            receives=True,
            publishes=True,
            idempotency="event-id",
        ),
        Ability(
            "webhook",
            "HTTP POST, JSON batches",
            "HMAC-SHA256 over the body (Standard Webhooks), TLS",
            receives=True,
            publishes=False,
            idempotency="idempotency-key",
        ),
        Ability(
            "kafka",
            "Kafka, a topic of another cluster",
            "SCRAM-SHA-512, TLS",
            receives=True,
            publishes=True,
            idempotency="read-back",
        ),
        Ability(
            "sftp",
            "SFTP, files with chained manifests",
            "SSH key or password, Ed25519 over manifests",
            receives=True,
            publishes=True,
            idempotency="manifest",
        ),
        Ability(
            "postgres",
            "PostgreSQL, a table",
            "password, TLS",
            receives=True,
            publishes=True,
            idempotency="upsert",
        ),
    ),
)
