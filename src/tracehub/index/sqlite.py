"""SqliteIndex: the index of one machine, in one file, for several processes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson

from tracehub.errors import ConfigError, RetryError
from tracehub.index import statements
from tracehub.index.entry import Entry, entry_of
from tracehub.index.store import MOST, day_of
from tracehub.sqlite_file import open_file

T = TypeVar("T")


class SqliteIndex:
    """`Index` on a SQLite file. Use `SqliteIndex.open()`."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[SqliteIndex]:
        """Open or make the index.

        Raises:
            ConfigError: the file can't be used.
        """
        thread = ThreadPoolExecutor(1, "index")
        loop = asyncio.get_running_loop()
        try:
            connection = await loop.run_in_executor(thread, _connect, path)
            try:
                yield cls(connection, thread)
            finally:
                await loop.run_in_executor(thread, connection.close)
        finally:
            thread.shutdown()

    async def add(self, entries: Sequence[Entry]) -> None:
        """Add entries, all or none; durable when it returns."""

        def change(connection: sqlite3.Connection) -> None:
            rows = [_row(each) for each in entries]
            found = [(term, each.at, each.id) for each in entries for term in each.terms]
            with connection:
                connection.executemany(statements.SQLITE_ADD, rows)
                connection.executemany(statements.SQLITE_ADD_TERM, found)

        if entries:
            await self._ask(change)

    async def find(self, terms: Collection[int], *, limit: int = MOST) -> Sequence[Entry]:
        """Entries that have one of these terms, the newest first; without their terms."""
        wanted = (*terms, limit)
        return await self._entries(statements.sqlite_find(len(terms)), wanted) if terms else ()

    async def between(
        self, since: int, until: int, *, kind: str = "", limit: int = MOST
    ) -> Sequence[Entry]:
        """Entries from `since` up to but not including `until`, ms; the newest first."""
        wanted = (since, until, kind, kind, limit)
        return await self._entries(statements.SQLITE_BETWEEN, wanted)

    async def expire(self, before: int) -> None:
        """Forget every whole day that ended before that instant, ms."""

        def change(connection: sqlite3.Connection) -> None:
            with connection:
                for statement in statements.SQLITE_EXPIRE:
                    connection.execute(statement, (day_of(before),))

        await self._ask(change)

    async def _entries(self, statement: str, wanted: Sequence[Any]) -> Sequence[Entry]:
        rows = await self._ask(lambda connection: connection.execute(statement, wanted).fetchall())
        return [entry_of(row) for row in rows]

    async def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work, self._connection)
        except sqlite3.Error as error:
            raise RetryError(f"the index does not answer: {error}") from error


def _row(entry: Entry) -> tuple[Any, ...]:
    at, identity, kind, connection, event_id, _, facts = entry
    return at, identity, kind, connection, event_id, orjson.dumps(facts).decode()


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return open_file(path, statements.SQLITE_TABLES)
    except sqlite3.Error as error:
        raise ConfigError(f"index.path: {path}: {error}; name a file that can be written") from None
