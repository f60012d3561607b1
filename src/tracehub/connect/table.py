"""Table: deliveries as rows of a PostgreSQL table, and rows of another as what is collected.

A row is unique by effect key, and how far the table has come is written in the same transaction.
Rows are collected in the order in which their transactions can no longer be overtaken, so that a
slow one is not passed by. Must not know any format.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, TypeVar
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from pydantic import field_validator

from tracehub.connect.address import look
from tracehub.connect.deadline import deadline
from tracehub.connect.http import write_json
from tracehub.connect.lines import About, collected
from tracehub.connect.port import Config, Delivery, Line, Page, Receipt
from tracehub.connect.secret import Secret
from tracehub.connect.sending import deliver_written
from tracehub.connect.table_text import INSERT, KNOWN, PAGE, REACHED, named
from tracehub.errors import RejectError, RetryError

T = TypeVar("T")
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,50}(\.[a-z_][a-z0-9_]{0,50})?")
_LIMIT: Final = 100
_CHECKED: Final = "verify-full"


class TableConfig(Config):
    """What an operator writes for a database: `postgresql://user@host:5432/database`."""

    password: Secret
    """Password of the user in the url."""
    table: str = "tracehub_event"
    """Where rows go to, or come from; beside it lies `<table>_position`."""
    sslmode: str = _CHECKED
    """As PostgreSQL calls it; `disable` only inside one machine."""
    ca_file: str = ""
    """Certificates that the server is checked by; without it the platform's."""
    category: str = "food"
    """Where a collected document goes that names no product category."""

    @field_validator("url")
    @classmethod
    def _database(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "postgresql" or not parts.hostname or not parts.username:
            raise ValueError("the url must be postgresql://user@host:5432/database")
        if parts.password or parts.query or not parts.path.strip("/"):
            raise ValueError("the url must name a database, and hold no password; use 'secrets'")
        return url

    @field_validator("table")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(
                "a table is a lower-case name, with its schema before a dot if need be"
            )
        return name


class Database:
    """A connection that is made when it is needed, and again after a fault."""

    def __init__(self, line: Line) -> None:
        self._config: TableConfig = line.config
        self._clock = line.clock
        self._connection: psycopg.AsyncConnection[Any] | None = None

    def text(self, query: LiteralString) -> sql.Composed:
        """A query with the names of our tables in it."""
        return named(query, self._config.table)

    async def do(self, work: Callable[[psycopg.AsyncCursor[Any]], Any]) -> Any:
        """Do something in one transaction, within the deadline.

        Raises:
            RejectError: the database can't hold what it was given.
            RetryError: it did not answer; whether the transaction was committed is unknown.
        """
        try:
            async with deadline(self._clock, self._config.timeout_s):
                connection = await self._connected()
                async with connection.transaction(), connection.cursor() as cursor:
                    return await work(cursor)
        except TimeoutError:
            await self.close()
            seconds = self._config.timeout_s
            raise RetryError(f"the database did not answer within {seconds:g} s") from None
        except psycopg.DataError as error:
            text = f"the database can't hold it: SQLSTATE {error.sqlstate}"
            raise RejectError("table/value", text) from None
        except psycopg.Error as error:
            await self.close()
            said = f"{type(error).__name__}, SQLSTATE {error.sqlstate or 'unknown'}"
            raise RetryError(f"the database failed: {said}") from None

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close()
        self._connection = None

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            config = self._config
            await look(config.url)
            self._connection = await psycopg.AsyncConnection.connect(
                config.url,
                password=config.password.get_secret_value(),
                sslmode=config.sslmode,
                sslrootcert=config.ca_file or ("system" if config.sslmode == _CHECKED else None),
                autocommit=True,
                application_name="tracehub",
            )
        return self._connection


class TableConnector:
    """Rows out.

    Args:
        database: where the table is.
        kind: first half of the codes of refusals.
        write: makes the document of one delivery.
    """

    def __init__(
        self, database: Database, kind: str, write: Callable[[Delivery], Mapping[str, Any]]
    ) -> None:
        self._database = database
        self._kind = kind
        self._write = write

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Insert what the table lacks, in one transaction with the positions.

        Raises:
            RejectError: a document holds what the database can't.
            RetryError: whether the transaction was committed is unknown; the same again can tell.
        """

        def row(delivery: Delivery) -> tuple[Any, ...]:
            said = self._write(delivery)
            body = write_json(said["body"])
            where = delivery.position
            return (
                delivery.effect_key,
                said["event_id"],
                hashlib.sha256(body).hexdigest(),
                body.decode(),
                said["received_at"],
                where.topic,
                where.partition,
                where.offset,
                delivery.item,
            )

        async def send(rows: Sequence[tuple[Any, ...]]) -> Sequence[Receipt]:
            receipts: Sequence[Receipt] = await self._database.do(
                lambda cursor: self._insert(cursor, rows)
            )
            return receipts

        return await deliver_written(events, row, send)

    async def _insert(
        self, cursor: psycopg.AsyncCursor[Any], rows: Sequence[tuple[Any, ...]]
    ) -> list[Receipt]:
        text = self._database.text
        await cursor.execute(text(INSERT), [list(each) for each in zip(*rows, strict=True)])
        fresh = {key for (key,) in await cursor.fetchall()}
        await cursor.execute(text(KNOWN), [[row[0] for row in rows]])
        digests = dict(await cursor.fetchall())
        furthest: dict[tuple[str, int], tuple[int, int]] = {}
        for *_, topic, partition, offset, item in rows:
            source = topic, partition
            furthest[source] = max(furthest.get(source, (-1, -1)), (offset, item))
        for source in sorted(furthest):
            await cursor.execute(text(REACHED), [*source, *furthest[source]])
        receipts = []
        for key, _, digest, *_ in rows:
            receipts.append(self._receipt(digests[key] == digest, key in fresh, key))
            fresh.discard(key)
        return receipts

    def _receipt(self, same: bool, fresh: bool, key: str) -> Receipt:  # noqa: FBT001 - two facts
        if not same:
            text = "the row of this effect key has another body"
            return Receipt("refused", code=f"{self._kind}/conflict", text=text)
        return Receipt("delivered" if fresh else "repeated", key)


class TableCollector:
    """Rows in; the cursor is `<transaction>.<number>` of the last row."""

    def __init__(self, database: Database, about: Callable[[Any], About], category: str) -> None:
        self._database = database
        self._about = about
        self._category = category

    async def collect(self, cursor: str) -> Page:
        """The rows after a cursor, none of which can be overtaken any more.

        Raises:
            RetryError: the database did not answer.
        """
        transaction, _, number = cursor.partition(".")
        after = transaction or "0", int(number or 0)
        rows = await self._database.do(lambda found: self._rows(found, after))
        if not rows:
            return Page((), cursor)
        records = tuple(collected(row[2].encode(), self._about, self._category) for row in rows)
        return Page(records, f"{rows[-1][0]}.{rows[-1][1]}")

    async def _rows(
        self, found: psycopg.AsyncCursor[Any], after: tuple[str, int]
    ) -> list[tuple[str, int, str]]:
        await found.execute(self._database.text(PAGE), [*after, _LIMIT])
        return await found.fetchall()


@asynccontextmanager
async def open_table(
    line: Line, write: Callable[[Delivery], Mapping[str, Any]]
) -> AsyncIterator[TableConnector]:
    """A table to deliver into."""
    database = Database(line)
    try:
        yield TableConnector(database, line.connection.partition("/")[0], write)
    finally:
        await database.close()


@asynccontextmanager
async def open_rows(line: Line, about: Callable[[Any], About]) -> AsyncIterator[TableCollector]:
    """A table to collect from."""
    database = Database(line)
    try:
        yield TableCollector(database, about, line.config.category)
    finally:
        await database.close()
