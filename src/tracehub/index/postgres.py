"""PostgresIndex: the index of a cluster; a partition for each day, so that retention is a drop.

Needs the extra `postgres`. Works behind a pooler in transaction mode: nothing outlives a
transaction but the temporary tables, which are made again when they are missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from tracehub.errors import ConfigError, RetryError
from tracehub.index import statements
from tracehub.index.entry import Entry, entry_of
from tracehub.index.store import DAY_MS, MOST, day_of

if TYPE_CHECKING:
    from psycopg import AsyncConnection

T = TypeVar("T")
_TABLES = ("tracehub_entry", "tracehub_term")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class PostgresIndex:
    """`Index` on PostgreSQL. Use `PostgresIndex.open()`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._writing = _Line(url)
        self._reading = _Line(url)
        self._days: set[int] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[PostgresIndex]:
        """Reach the database and make its tables.

        Raises:
            ConfigError: the extra is missing, or the database refuses us.
            RetryError: it does not answer.
        """
        try:
            import_module("psycopg")
        except ImportError:
            raise ConfigError(
                "index.url: PostgreSQL needs the extra: pip install 'tracehub[postgres]'"
            ) from None
        index = cls(url)
        try:
            await index._writing.run(_make_tables)
            yield index
        finally:
            await index._writing.close()
            await index._reading.close()

    async def add(self, entries: Sequence[Entry]) -> None:
        """Add entries, all or none; durable when it returns."""
        if not entries:
            return
        days = {day_of(each.at) for each in entries}
        if new := days - self._days:
            await self._writing.run(lambda connection: _make_partitions(connection, new))
            self._days |= new
        rows = "".join(map(_line, entries))
        found = "".join(
            f"{term}\t{each.at}\t{each.id}\n" for each in entries for term in each.terms
        )
        await self._writing.run(lambda connection: _add(connection, rows, found))

    async def find(self, terms: Collection[int], *, limit: int = MOST) -> Sequence[Entry]:
        """Entries that have one of these terms, the newest first; without their terms."""

        async def read(connection: AsyncConnection[Any]) -> Sequence[Any]:
            found = await connection.execute(statements.POSTGRES_FIND, (list(terms), limit))
            places = await found.fetchall()
            times, ids = [at for at, _ in places], [each for _, each in places]
            rows = await connection.execute(statements.POSTGRES_ENTRIES, (times, ids))
            return await rows.fetchall()

        return [entry_of(row) for row in await self._reading.run(read)]

    async def between(
        self, since: int, until: int, *, kind: str = "", limit: int = MOST
    ) -> Sequence[Entry]:
        """Entries from `since` up to but not including `until`, ms; the newest first."""
        return await self._entries(statements.POSTGRES_BETWEEN, (since, until, kind, kind, limit))

    async def expire(self, before: int) -> None:
        """Forget every whole day that ended before that instant, ms."""

        async def change(connection: AsyncConnection[Any]) -> None:
            await connection.execute(statements.POSTGRES_LOCK)
            found = await connection.execute(statements.POSTGRES_PARTITIONS)
            for (name,) in await found.fetchall():
                if statements.day_of_partition(name) + DAY_MS <= before:
                    await connection.execute(f"DROP TABLE IF EXISTS {name}")

        self._days = {day for day in self._days if day + DAY_MS > before}
        await self._writing.run(change)

    async def _entries(self, statement: str, wanted: Sequence[Any]) -> Sequence[Entry]:
        async def read(connection: AsyncConnection[Any]) -> Sequence[Any]:
            found = await connection.execute(statement, wanted)
            return await found.fetchall()

        return [entry_of(row) for row in await self._reading.run(read)]


class _Line:
    """One connection, opened again after it broke; one transaction at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()

    async def run(self, work: Callable[[AsyncConnection[Any]], Awaitable[T]]) -> T:
        """Do something in a transaction of its own.

        Raises:
            RetryError: the database does not answer.
        """
        from psycopg import AsyncConnection, Error  # noqa: PLC0415 - an extra

        async with self._turn:
            try:
                if self._connection is None:
                    self._connection = await AsyncConnection.connect(
                        self._url, connect_timeout=5, prepare_threshold=None
                    )
                async with self._connection.transaction():
                    return await work(self._connection)
            except Error as error:
                await self._dropped()
                raise RetryError(f"the index does not answer: {error}") from error

    async def close(self) -> None:
        """Close the connection."""
        async with self._turn:
            await self._dropped()

    async def _dropped(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


async def _make_tables(connection: AsyncConnection[Any]) -> None:
    await connection.execute(statements.POSTGRES_LOCK)
    await connection.execute(statements.POSTGRES_TABLES)


async def _make_partitions(connection: AsyncConnection[Any], days: Iterable[int]) -> None:
    await connection.execute(statements.POSTGRES_LOCK)
    for day in sorted(days):
        for table in _TABLES:
            await connection.execute(statements.make_partition(table, day))


async def _add(connection: AsyncConnection[Any], rows: str, terms: str) -> None:
    await connection.execute(statements.POSTGRES_TEMPORARY)
    async with connection.cursor() as cursor:
        for statement, lines in (
            (statements.POSTGRES_COPY, rows),
            (statements.POSTGRES_COPY_TERMS, terms),
        ):
            async with cursor.copy(statement) as copy:
                await copy.write(lines)
        await cursor.execute(statements.POSTGRES_ADD)
        await cursor.execute(statements.POSTGRES_ADD_TERMS)


def _line(entry: Entry) -> str:
    """A row as COPY reads it."""
    at, identity, kind, connection, event_id, _, facts = entry
    named = event_id.translate(_ESCAPES).replace("\0", "")
    said = orjson.dumps(facts).decode().translate(_ESCAPES)
    return f"{at}\t{identity}\t{kind}\t{connection}\t{named}\t{said}\n"
