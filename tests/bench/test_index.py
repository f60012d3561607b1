"""The index's benchmark at a small size: what it enters it finds."""

from __future__ import annotations

from pathlib import Path

import psycopg

from bench.index import measured
from tracehub.testing.servers.postgres import Postgres


async def test_index_when_measured_finds_every_entry_that_it_asks_for(
    database: Postgres, tmp_path: Path
) -> None:
    url = database.url_with_password
    found = await measured(300, 5000, url, tmp_path)
    assert found.more["entries"] > 5000
    assert found.more["events_per_core_s"] > 0
    assert found.p99_ms
    async with await psycopg.AsyncConnection.connect(url) as admin:
        await admin.execute("DROP TABLE tracehub_entry, tracehub_term CASCADE")
