"""Table text: the SQL of `table.py`, and the tables that the other side makes for it."""

from __future__ import annotations

from typing import Final, LiteralString

from psycopg import sql

RECEIVING: Final = """
CREATE TABLE {table} (
    effect_key text PRIMARY KEY,
    event_id text NOT NULL,
    digest text NOT NULL,
    body jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    raw_topic text NOT NULL,
    raw_partition integer NOT NULL,
    raw_offset bigint NOT NULL,
    item integer NOT NULL
);
CREATE TABLE {position} (
    raw_topic text NOT NULL,
    raw_partition integer NOT NULL,
    raw_offset bigint NOT NULL,
    item integer NOT NULL,
    PRIMARY KEY (raw_topic, raw_partition)
);
"""
"""What the receiving side makes; the hub needs INSERT, SELECT and UPDATE, nothing more."""
PUBLISHING: Final = """
CREATE TABLE {table} (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    document text NOT NULL
);
"""
"""What a system makes that publishes rows; the hub needs SELECT."""

INSERT: Final = """
INSERT INTO {table} (effect_key, event_id, digest, body, received_at,
                     raw_topic, raw_partition, raw_offset, item)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[], %s::timestamptz[],
                     %s::text[], %s::integer[], %s::bigint[], %s::integer[])
ON CONFLICT (effect_key) DO NOTHING RETURNING effect_key
"""
KNOWN: Final = "SELECT effect_key, digest FROM {table} WHERE effect_key = ANY(%s)"
REACHED: Final = """
INSERT INTO {position} AS known (raw_topic, raw_partition, raw_offset, item)
VALUES (%s, %s, %s, %s) ON CONFLICT (raw_topic, raw_partition) DO UPDATE
SET raw_offset = excluded.raw_offset, item = excluded.item
WHERE (known.raw_offset, known.item) < (excluded.raw_offset, excluded.item)
"""
PAGE: Final = """
SELECT transaction::text, number, document FROM {table}
WHERE transaction < pg_snapshot_xmin(pg_current_snapshot())
AND (transaction, number) > (%s::xid8, %s)
ORDER BY transaction, number LIMIT %s
"""


def named(query: LiteralString, table: str) -> sql.Composed:
    """A query with the names of a table, and of the one for its positions, in it."""
    *schema, name = table.split(".")
    return sql.SQL(query).format(
        table=sql.Identifier(*schema, name),
        position=sql.Identifier(*schema, f"{name}_position"),
    )
