"""Both stores: an entry is kept once, found by its terms and its time, and forgotten by the day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from tracehub.errors import ConfigError, RetryError
from tracehub.index import EVENT, RECEIPT, Entry, Index, PostgresIndex, SqliteIndex, term
from tracehub.index.entry import Kind, identity, terms
from tracehub.index.store import DAY_MS
from tracehub.testing.servers.found import free_port
from tracehub.testing.servers.postgres import Postgres

NOON = 20_000 * DAY_MS + DAY_MS // 2
ODD = 'tab\tline\nback\\slash\r quote" 二〇一七 \u0001 \\N'


@pytest.fixture(params=["sqlite", "postgres"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    if request.param == "sqlite":
        async with SqliteIndex.open(tmp_path / "index.db") as store:
            yield store
        return
    database: Postgres = request.getfixturevalue("database")
    async with PostgresIndex.open(await without_index(database)) as store:
        yield store


@pytest.fixture
async def emptied(database: Postgres) -> str:
    return await without_index(database)


async def without_index(database: Postgres) -> str:
    """The address of a database that holds no index any more."""
    url = database.url_with_password
    async with await psycopg.AsyncConnection.connect(url) as admin:
        await admin.execute("DROP TABLE IF EXISTS tracehub_entry, tracehub_term CASCADE")
    return url


def entry(number: int, *, at: int = NOON, kind: Kind = EVENT, code: str = "c") -> Entry:
    event_id = f"urn:event:{number}"
    found = terms("event", [event_id]) | terms("code", [code])
    return Entry(at, identity(number, kind), kind, "a/b", event_id, found, {"place": ODD})


async def test_entry_when_added_twice_is_kept_once(index: Index) -> None:
    await index.add([entry(1), entry(1), entry(2, at=NOON + 1)])
    await index.add([entry(1), entry(3, at=NOON + 2)])
    found = await index.find([term("code", "c")])
    assert [each.event_id for each in found] == ["urn:event:3", "urn:event:2", "urn:event:1"]
    assert len(await index.between(0, NOON * 2)) == 3


async def test_entry_when_found_says_what_was_entered(index: Index) -> None:
    given = entry(1)
    await index.add([given])
    (found,) = await index.find([term("event", "urn:event:1")])
    assert found == given._replace(terms=frozenset())


async def test_entry_when_it_has_two_wanted_terms_is_found_once(index: Index) -> None:
    await index.add([entry(1)])
    assert len(await index.find([term("event", "urn:event:1"), term("code", "c")])) == 1
    assert not await index.find([term("party", "c"), term("code", "d")])
    assert not await index.find([])


async def test_entries_when_asked_by_time_are_the_newest_of_that_span(index: Index) -> None:
    await index.add([entry(number, at=NOON + number) for number in range(5)])
    await index.add([entry(2, at=NOON + 2, kind=RECEIPT)])
    found = await index.between(NOON + 1, NOON + 4, kind=EVENT, limit=2)
    assert [each.event_id for each in found] == ["urn:event:3", "urn:event:2"]
    assert [each.kind for each in await index.between(NOON, NOON + 9, kind=RECEIPT)] == [RECEIPT]


async def test_days_when_they_expire_are_forgotten_whole_and_can_come_back(index: Index) -> None:
    await index.add([entry(day, at=NOON + day * DAY_MS) for day in range(4)])
    await index.expire(NOON + 2 * DAY_MS)
    assert [each.event_id for each in await index.find([term("code", "c")])] == [
        "urn:event:3",
        "urn:event:2",
    ]
    assert not await index.find([term("event", "urn:event:0")])
    await index.add([entry(0)])
    assert await index.find([term("event", "urn:event:0")])


async def test_partitions_when_days_expire_are_dropped(emptied: str) -> None:
    async with PostgresIndex.open(emptied) as store:
        await store.add([entry(1), entry(2, at=NOON + 9 * DAY_MS)])
        await store.expire(NOON + 5 * DAY_MS)
    async with await psycopg.AsyncConnection.connect(emptied) as admin:
        found = await admin.execute("SELECT relname FROM pg_class WHERE relname ~ '_20000$'")
        assert not await found.fetchall()
        found = await admin.execute("SELECT relname FROM pg_class WHERE relname ~ 'y_20009$'")
        assert await found.fetchall()


async def test_store_when_its_connection_breaks_says_so_and_goes_on(emptied: str) -> None:
    async with PostgresIndex.open(emptied) as store:
        await store.add([entry(1)])
        async with await psycopg.AsyncConnection.connect(emptied, autocommit=True) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        with pytest.raises(RetryError, match="does not answer"):
            await store.add([entry(2)])
        await store.add([entry(2)])
        assert len(await store.find([term("code", "c")])) == 2


async def test_store_when_absent_or_unusable_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RetryError, match="the index does not answer"):
        async with PostgresIndex.open(f"postgresql://x@127.0.0.1:{free_port()}/x"):
            pass
    with pytest.raises(ConfigError, match=r"index\.path: .*none"):
        async with SqliteIndex.open(tmp_path / "none" / "index.db"):
            pass
