"""Every statement of both stores, as text. PostgreSQL 14 and later, SQLite 3.37 and later."""

from __future__ import annotations

from typing import Final

from tracehub.index.store import DAY_MS

_COLUMNS: Final = "at, id, kind, connection, event_id, facts"

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

_FIND: Final = (
    "SELECT {columns} FROM (SELECT DISTINCT at, id FROM {terms} WHERE term {any} "
    "ORDER BY at DESC, id LIMIT {limit}) AS found JOIN {entries} AS entry USING (at, id) "
    "ORDER BY at DESC, id"
)
_BETWEEN: Final = (
    "SELECT {columns} FROM {entries} WHERE at >= {mark} AND at < {mark} "
    "AND ({mark} = '' OR kind = {mark}) ORDER BY at DESC, id LIMIT {mark}"
)


def sqlite_find(count: int) -> str:
    """Entries by any of so many terms; then the limit."""
    marks = ", ".join("?" * count)
    return _FIND.format(
        columns=_COLUMNS, terms="term", any=f"IN ({marks})", limit="?", entries="entry"
    )


POSTGRES_FIND: Final = _FIND.format(
    columns=_COLUMNS, terms="tracehub_term", any="= ANY(%s)", limit="%s", entries="tracehub_entry"
)
SQLITE_BETWEEN: Final = _BETWEEN.format(columns=_COLUMNS, entries="entry", mark="?")
POSTGRES_BETWEEN: Final = _BETWEEN.format(columns=_COLUMNS, entries="tracehub_entry", mark="%s")


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
