"""The line to a customs system: the only file here that opens a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from collections.abc import Mapping as Table
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tracehub.connect import (
    Ability,
    ConnectorType,
    Delivery,
    Http,
    Line,
    Mapping,
    Page,
    Receipt,
    RejectError,
    RetryError,
    collected,
    deliver_written,
    garbled,
    load_mapping,
    mapping_text,
    open_http,
    results_of,
)
from tracehub_customs import wire
from tracehub_customs.config import CustomsConfig

MAPPING = mapping_text("tracehub_customs")
_LIMIT = 100
_PAGE_BYTES = 4 * 1024 * 1024
_HEADERS = {"Content-Type": "text/xml; charset=utf-8"}
_NAMESPACE = "urn:tracehub:customs:1"


@dataclass(frozen=True, slots=True)
class Customs:
    """An open line to the system, for deliveries."""

    http: Http
    login: wire.Login
    mapping: Mapping

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Hand events over in one request; one receipt per event, in the same order.

        Raises:
            RejectError: the system refused the request as a whole.
            RetryError: it did not answer, or not by the WSDL.
        """
        return await deliver_written(events, lambda each: wire.item(each, self.mapping), self._send)

    async def _send(self, items: Sequence[Table[str, Any]]) -> Sequence[Receipt]:
        body = wire.submission(items, self.login, self.http.clock.now_ms())
        headers = {**_HEADERS, "SOAPAction": f'"{_NAMESPACE}/SubmitEvents"'}
        reply = await self.http.send("POST", "/events", body=body, headers=headers)
        self.http.judge(reply)
        keys = [str(each["key"]) for each in items]
        return results_of(wire.results(reply.body, keys), keys, self.http.kind)


@dataclass(frozen=True, slots=True)
class Declarations:
    """An open line to what the system publishes."""

    http: Http
    login: wire.Login
    category: str

    async def collect(self, cursor: str) -> Page:
        """The declarations after a cursor.

        Raises:
            RetryError: the system did not answer with a page.
        """
        body = wire.question(cursor, _LIMIT, self.login, self.http.clock.now_ms())
        headers = {**_HEADERS, "SOAPAction": f'"{_NAMESPACE}/GetDeclarations"'}
        reply = await self.http.send(
            "POST", "/declarations", body=body, headers=headers, cap=_PAGE_BYTES
        )
        try:
            self.http.judge(reply)
        except RejectError as error:
            raise RetryError(f"/declarations: {error.text}; check the url") from error
        page = wire.documents(reply.body)
        if not page.documents:
            return Page((), cursor)
        if not page.cursor or page.cursor == cursor:
            raise garbled("it holds declarations but no cursor after them")
        records = tuple(collected(each, wire.about, self.category) for each in page.documents)
        return Page(records, page.cursor)


@asynccontextmanager
async def open_customs(line: Line) -> AsyncIterator[Customs]:
    """A line for deliveries."""
    async with open_http(line) as http:
        yield Customs(http, _login(line), load_mapping(MAPPING, "customs/mapping.yaml"))


@asynccontextmanager
async def open_declarations(line: Line) -> AsyncIterator[Declarations]:
    """A line for what the system publishes."""
    async with open_http(line) as http:
        yield Declarations(http, _login(line), line.config.category)


def _login(line: Line) -> wire.Login:
    config: CustomsConfig = line.config
    return wire.Login(config.username, config.password.get_secret_value())


CONNECTOR = ConnectorType(
    name="customs",
    config=CustomsConfig,
    open=open_customs,
    open_collector=open_declarations,
    mapping=MAPPING,
    system=("customs declaration system", "海关报关系统"),
    abilities=(
        Ability(
            "soap",
            "SOAP 1.1 by a WSDL; declarations are collected by cursor",
            "WS-Security user name with digest, TLS",
            receives=True,
            publishes=True,
            idempotency="idempotency-key",
        ),
    ),
)
