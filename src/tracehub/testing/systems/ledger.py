"""Ledger: what a simulated system has done, append-only and durable before it answers.

One SQLite file may serve many systems, in many processes. Every application of an event is a row
of its own, so a second effect is seen, never overwritten. Must not know HTTP.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS application (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    connection TEXT NOT NULL,
    effect_key TEXT NOT NULL,
    event_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    applied_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS by_key ON application (connection, effect_key);
CREATE TABLE IF NOT EXISTS publication (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    connection TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS lie (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    connection TEXT NOT NULL,
    effect_key TEXT NOT NULL
);
"""
_ENTRIES: Final = """
SELECT connection, effect_key, event_id, body, min(applied_at), count(*), min(number)
FROM application WHERE ? IN ('', connection) GROUP BY connection, effect_key ORDER BY min(number)
"""
_COUNTS: Final = """
SELECT count(DISTINCT connection || ' ' || effect_key), count(*)
FROM application WHERE ? IN ('', connection)
"""
_BUSY_S: Final = 30.0


class Item(NamedTuple):
    """One event that a system was sent."""

    effect_key: str
    event_id: str
    body: bytes
    digest: bytes


class Applied(NamedTuple):
    """What became of one item: applied, known already, or known with another content."""

    status: Literal["accepted", "repeated", "conflict"]
    number: int


class Entry(NamedTuple):
    """One effect. More than one application is an effect too many."""

    connection: str
    effect_key: str
    event_id: str
    body: bytes
    first_seen: int
    applications: int
    number: int


class Counts(NamedTuple):
    """`effects` are distinct keys; `applications` are how often any was applied."""

    effects: int
    applications: int

    @property
    def duplicate_effects(self) -> int:
        """Second applications."""
        return self.applications - self.effects


class Ledger:
    """A ledger file; open it as often as you like, to write or only to look."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def apply(
        self, connection: str, items: Sequence[Item], *, deduplicate: bool, now_ms: int
    ) -> tuple[Applied, ...]:
        """Apply items in order, in one transaction that is durable on return.

        With `deduplicate` a known key is not applied again.
        """
        with self._transaction():
            return tuple(
                (self._known(connection, item) if deduplicate else None)
                or self._apply(connection, item, now_ms)
                for item in items
            )

    def lie(self, connection: str, items: Sequence[Item]) -> tuple[int, ...]:
        """Note that a system will say of items that it took them, and did not."""
        with self._transaction():
            return tuple(
                self._db.execute(
                    "INSERT INTO lie (connection, effect_key) VALUES (?, ?)",
                    (connection, each.effect_key),
                ).lastrowid
                or 0
                for each in items
            )

    def lies(self) -> frozenset[tuple[str, str]]:
        """Each system and effect key that it lied about, whatever it did later."""
        return frozenset(self._db.execute("SELECT DISTINCT connection, effect_key FROM lie"))

    def withheld(self) -> int:
        """How many effects were lied about and never came."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM (SELECT connection, effect_key FROM lie EXCEPT "
            "SELECT connection, effect_key FROM application)"
        ).fetchone()
        return int(count)

    def entries(self, connection: str = "") -> Iterator[Entry]:
        """Every effect in order of its first application; of one system, or of all."""
        return map(Entry._make, self._db.execute(_ENTRIES, (connection,)))

    def counts(self, connection: str = "") -> Counts:
        """How many effects there are; of one system, or of all."""
        return Counts._make(self._db.execute(_COUNTS, (connection,)).fetchone())

    def publish(self, connection: str, documents: Sequence[bytes]) -> None:
        """Append documents to what a system publishes."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO publication (connection, document) VALUES (?, ?)",
                [(connection, document) for document in documents],
            )

    def page(self, connection: str, after: int, limit: int) -> tuple[tuple[int, bytes], ...]:
        """Up to `limit` published documents after a number, each with its own number."""
        rows = self._db.execute(
            "SELECT number, document FROM publication WHERE connection = ? AND number > ? "
            "ORDER BY number LIMIT ?",
            (connection, after, limit),
        )
        return tuple((number, document) for number, document in rows)

    def _known(self, connection: str, item: Item) -> Applied | None:
        row = self._db.execute(
            "SELECT number, digest FROM application WHERE connection = ? AND effect_key = ? "
            "ORDER BY number LIMIT 1",
            (connection, item.effect_key),
        ).fetchone()
        if row is None:
            return None
        return Applied("repeated" if row[1] == item.digest else "conflict", row[0])

    def _apply(self, connection: str, item: Item, now_ms: int) -> Applied:
        cursor = self._db.execute(
            "INSERT INTO application (connection, effect_key, event_id, digest, body, applied_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (connection, item.effect_key, item.event_id, item.digest, item.body, now_ms),
        )
        return Applied("accepted", cursor.lastrowid or 0)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
