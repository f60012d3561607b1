"""The line to a provincial platform: the only file here that opens a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from collections.abc import Mapping as Table
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tracehub.connect import (
    PAGE_BYTES,
    Ability,
    ConnectorType,
    Delivery,
    Http,
    Line,
    LineCollector,
    Mapping,
    Receipt,
    RejectError,
    Reply,
    RetryError,
    deliver_written,
    instant,
    load_mapping,
    mapping_text,
    open_http,
)
from tracehub_provincial import wire
from tracehub_provincial.config import ProvincialConfig

MAPPING = mapping_text("tracehub_provincial")


@dataclass(frozen=True, slots=True)
class Provincial:
    """An open line to a platform."""

    http: Http
    config: ProvincialConfig
    mapping: Mapping

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Hand events over in one signed request; one receipt per event, in the same order.

        Raises:
            RejectError: the platform refused the request as a whole.
            RetryError: it did not answer, or the answer's signature is not its own.
        """
        return await deliver_written(events, lambda each: wire.item(each, self.mapping), self._send)

    async def _send(self, items: Sequence[Table[str, Any]]) -> Sequence[Receipt]:
        body = wire.request(items, self.config.platform)
        protocol = self._protocol("POST", self.config.path, body)
        reply = await self.http.send(
            "POST", self.config.path, body=body, headers=self._headers(protocol, body)
        )
        if not self._judge(reply, protocol, body):
            return [Receipt("repeated")] * len(items)
        return wire.receipts(reply.body, items)

    async def ask(self, path: str) -> Reply:
        """Ask for documents in a signed request; the answer is signed, too.

        Raises:
            RejectError: the platform refused the request as a whole.
            RetryError: it did not answer, or the answer's signature is not its own.
        """
        protocol = self._protocol("GET", path, path.encode())
        headers = self._headers(protocol, b"")
        reply = await self.http.send("GET", path, headers=headers, cap=PAGE_BYTES)
        self._judge(reply, protocol, b"")
        return reply

    def _judge(self, reply: Reply, sent: wire.Protocol, body: bytes) -> bool:
        """Class an answer; only a signed one can be a receipt or a refusal.

        Raises:
            RejectError: the platform refused the request as a whole.
            RetryError: it can't work, or the signature is wrong.
        """
        signature = reply.headers.get(self.config.headers.signature.lower(), "")
        secret = self.config.secret.get_secret_value()
        signed = wire.check_response(reply.status, sent, reply.body, secret, signature)
        try:
            answered = self.http.judge(reply, body)
        except RejectError:
            if signed:
                raise
        else:
            if signed:
                return answered
        raise RetryError(
            f"the platform answered {reply.status} without a signature of its own; check the "
            "shared secret, and who answers at the url"
        )

    def _protocol(self, method: str, path: str, content: bytes) -> wire.Protocol:
        """The protocol fields of a request; `content` tells it from others of one instant."""
        sent_at = instant(self.http.clock.now_ms())
        whole = urlsplit(self.http.url).path + path
        nonce = wire.nonce(content, sent_at)
        return wire.Protocol(method, whole, self.config.platform, sent_at, nonce)

    def _headers(self, protocol: wire.Protocol, body: bytes) -> dict[str, str]:
        names = self.config.headers
        secret = self.config.secret.get_secret_value()
        return {
            "Content-Type": "application/json; charset=utf-8",
            names.platform: protocol.platform,
            names.sent_at: protocol.sent_at,
            names.nonce: protocol.nonce,
            names.signature: wire.sign_request(protocol, body, secret),
        }


@asynccontextmanager
async def open_documents(line: Line) -> AsyncIterator[LineCollector]:
    """A line to ask for what the platform publishes."""
    config: ProvincialConfig = line.config
    async with open_provincial(line) as platform:
        yield LineCollector(platform.ask, config.documents, wire.about, config.category)


@asynccontextmanager
async def open_provincial(line: Line) -> AsyncIterator[Provincial]:
    """A line for deliveries."""
    async with open_http(line) as http:
        mapping = load_mapping(MAPPING, "tracehub_provincial/mapping.yaml")
        yield Provincial(http, line.config, mapping)


CONNECTOR = ConnectorType(
    name="provincial",
    config=ProvincialConfig,
    open=open_provincial,
    open_collector=open_documents,
    mapping=MAPPING,
    system=("provincial, city or department platform", "省、市级追溯管理平台及部门平台"),
    abilities=(
        Ability(
            "http",
            "HTTP POST, JSON batches (DB14/T 3290-2025); NDJSON pages are collected",
            "HMAC-SM3 on request and response",
            receives=True,
            publishes=True,
            idempotency="idempotency-key",
        ),
    ),
)
