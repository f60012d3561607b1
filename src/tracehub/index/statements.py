"""Every statement of both stores, as text. PostgreSQL 14 and later, SQLite 3.37 and later."""

from __future__ import annotations

from typing import Final

from tracehub.index.store import DAY_MS

SQLITE_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entry (
    at INTEGER NOT NULL, id INTEGER NOT NULL, kind TEXT NOT NULL, connection TEXT NOT NULL,
    event_id TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (at, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS term (
    term INTEGER NOT NULL, at INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (term, at, id)
) WITHOUT ROWID;
"""
SQLITE_ADD: Final = "INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, ?)"
SQLITE_ADD_TERM: Final = "INSERT OR IGNORE INTO term VALUES (?, ?, ?)"
SQLITE_EXPIRE: Final = ("DELETE FROM entry WHERE at < ?", "DELETE FROM term WHERE at < ?")

POSTGRES_TABLES: Final = """
CREATE TABLE IF NOT EXISTS tracehub_entry (
    at bigint NOT NULL, id bigint NOT NULL, kind text NOT NULL, connection text NOT NULL,
    event_id text NOT NULL, facts text NOT NULL, PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE TABLE IF NOT EXISTS tracehub_term (
    term bigint NOT NULL, at bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (term, at, id)
) PARTITION BY RANGE (at);
"""
POSTGRES_TEMPORARY: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS fresh_entry ON COMMIT DELETE ROWS
    AS SELECT * FROM tracehub_entry WITH NO DATA;
CREATE TEMPORARY TABLE IF NOT EXISTS fresh_term ON COMMIT DELETE ROWS
    AS SELECT * FROM tracehub_term WITH NO DATA;
"""
POSTGRES_COPY: Final = "COPY fresh_entry FROM STDIN"
POSTGRES_COPY_TERMS: Final = "COPY fresh_term FROM STDIN"
POSTGRES_ADD: Final = "INSERT INTO tracehub_entry SELECT * FROM fresh_entry ON CONFLICT DO NOTHING"
POSTGRES_ADD_TERMS: Final = (
    "INSERT INTO tracehub_term SELECT * FROM fresh_term ON CONFLICT DO NOTHING"
)
POSTGRES_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('tracehub index partitions'))"
POSTGRES_PARTITIONS: Final = (
    "SELECT inhrelid::regclass::text FROM pg_inherits "
    "WHERE inhparent IN ('tracehub_entry'::regclass, 'tracehub_term'::regclass)"
)

_SQLITE_FIND: Final = (
    "SELECT entry.* FROM (SELECT DISTINCT at, id FROM term WHERE term IN ({marks}) "
    "ORDER BY at DESC, id LIMIT ?) AS found JOIN entry USING (at, id) ORDER BY at DESC, id"
)
POSTGRES_FIND: Final = (
    "SELECT DISTINCT at, id FROM tracehub_term WHERE term = ANY(%s) ORDER BY at DESC, id LIMIT %s"
)
POSTGRES_ENTRIES: Final = (
    "SELECT * FROM tracehub_entry WHERE at = ANY(%s) AND id = ANY(%s) ORDER BY at DESC, id"
)
"""In two steps: with the times known, days are passed over that hold none of them."""
_BETWEEN: Final = (
    "SELECT * FROM {entries} WHERE at >= {mark} AND at < {mark} "
    "AND ({mark} = '' OR kind = {mark}) ORDER BY at DESC, id LIMIT {mark}"
)


def sqlite_find(count: int) -> str:
    """Entries by any of so many terms; then the limit."""
    marks = ", ".join("?" * count)
    return _SQLITE_FIND.format(marks=marks)


SQLITE_BETWEEN: Final = _BETWEEN.format(entries="entry", mark="?")
POSTGRES_BETWEEN: Final = _BETWEEN.format(entries="tracehub_entry", mark="%s")


def partition_name(table: str, day: int) -> str:
    """The partition of a table that holds the day which begins at `day`, ms."""
    return f"{table}_{day // DAY_MS}"


def day_of_partition(name: str) -> int:
    """The way back from `partition_name()`."""
    return int(name.rsplit("_", 1)[1]) * DAY_MS


def make_partition(table: str, day: int) -> str:
    """Make the partition of one day when it is missing."""
    return (
        f"CREATE TABLE IF NOT EXISTS {partition_name(table, day)} PARTITION OF {table} "
        f"FOR VALUES FROM ({day}) TO ({day + DAY_MS})"
    )
