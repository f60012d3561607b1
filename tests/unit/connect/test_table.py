"""Rows are unique and whole, and none is passed by however slow its transaction is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tracehub.clock import SystemClock
from tracehub.connect import (
    About,
    Line,
    RejectError,
    RetryError,
    batch_item,
    load_mapping,
    load_type,
)
from tracehub.connect.table import TableConfig, open_rows, open_table
from tracehub.connect.table_text import PUBLISHING, RECEIVING, named
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.page_contract import collect_all
from tracehub.testing.servers.postgres import PASSWORD, Postgres
from tracehub.testing.servers.receivers import Tables

MAPPING = load_mapping(load_type("third-party").mapping, "mapping.yaml")
Connection = psycopg.AsyncConnection[Any]


def connecting(database: Postgres) -> Any:
    return psycopg.AsyncConnection.connect(database.url, password=PASSWORD, autocommit=True)


@pytest.fixture
async def connection(database: Postgres) -> AsyncIterator[Connection]:
    async with await connecting(database) as connection:
        for name, made_by in (("unit.event", RECEIVING), ("unit.document", PUBLISHING)):
            await connection.execute("CREATE SCHEMA IF NOT EXISTS unit")
            await connection.execute(named(made_by, name))
        yield connection
        await connection.execute("DROP SCHEMA unit CASCADE")


def line_to(database: Postgres, table: str, **changes: Any) -> Line:
    settings = {"password": PASSWORD, "sslmode": "disable", "timeout_s": 20, **changes}
    config = TableConfig(url=database.url, table=table, **settings)
    return Line("third-party/table", config, SystemClock())


async def test_row_when_its_key_has_another_body_is_a_conflict(
    database: Postgres, connection: Connection
) -> None:
    (sent,) = sample_deliveries(1)
    header = sent.event.header._replace(occurred_at=1)
    other = replace(sent, event=sent.event._replace(header=header))
    write = lambda each: batch_item(each, MAPPING)  # noqa: E731 - as short as its use
    async with open_table(line_to(database, "unit.event"), write) as connector:
        await connector.deliver([sent])
        (receipt,) = await connector.deliver([other])
    assert (receipt.status, receipt.code) == ("refused", "third-party/conflict")


async def test_positions_when_events_come_out_of_order_never_go_back(
    database: Postgres, connection: Connection
) -> None:
    sent = sample_deliveries(5)
    async with open_table(
        line_to(database, "unit.event"), lambda each: batch_item(each, MAPPING)
    ) as connector:
        await connector.deliver([sent[3], sent[1]])
        await connector.deliver([sent[2]])
    found = await connection.execute("SELECT raw_offset, item FROM unit.event_position")
    assert await found.fetchall() == [(3, 0)]


async def test_text_when_the_database_cannot_hold_it_is_refused(
    database: Postgres, connection: Connection
) -> None:
    (sent,) = sample_deliveries(1)

    def write(each: Any) -> dict[str, Any]:
        return {**batch_item(each, MAPPING), "body": {"text": "\0"}}

    async with open_table(line_to(database, "unit.event"), write) as connector:
        with pytest.raises(RejectError, match="SQLSTATE 22"):
            await connector.deliver([sent])


async def test_password_or_table_when_wrong_loses_nothing(
    database: Postgres, connection: Connection
) -> None:
    for line, words in (
        (line_to(database, "unit.event", password="0" * 20), "OperationalError"),
        (line_to(database, "unit.absent"), "42P01"),
    ):
        async with open_table(line, lambda each: batch_item(each, MAPPING)) as connector:
            with pytest.raises(RetryError, match=words):
                await connector.deliver(sample_deliveries(1))


async def test_rows_when_an_earlier_transaction_is_slower_wait_for_it(
    database: Postgres, connection: Connection
) -> None:
    """A serial number alone would pass by the slow row: it is smaller, and committed later."""
    insert = sql.SQL("INSERT INTO unit.document (document) VALUES (%s)")
    about = lambda _document: About("food", "k")  # noqa: E731 - as short as its use
    line = line_to(database, "unit.document")
    async with await connecting(database) as slow, open_rows(line, about) as collector:
        async with slow.transaction():
            await slow.execute(insert, ['{"n": 1}'])
            await connection.execute(insert, ['{"n": 2}'])
            assert (await collector.collect("")).records == ()
        records, cursor = await collect_all(collector, "", 2)
        assert [each.value for each in records] == [b'{"n": 1}', b'{"n": 2}']
        await Tables(connection, "document").connection.execute(insert, ['{"n": 3}'])
        (last,) = (await collector.collect(cursor)).records
    assert last.value == b'{"n": 3}'


@pytest.mark.parametrize(
    ("url", "table"),
    [
        ("postgresql://user:secret@host/db", "event"),
        ("postgresql://host/db", "event"),
        ("mysql://user@host/db", "event"),
        ("postgresql://user@host", "event"),
        ("postgresql://user@host/db?sslmode=disable", "event"),
        ("postgresql://user@host/db", "event; DROP TABLE event"),
        ("postgresql://user@host/db", 'a"b'),
    ],
)
def test_settings_when_they_could_do_harm_are_refused(url: str, table: str) -> None:
    with pytest.raises(ValueError, match=r"must|lower-case"):
        TableConfig(url=url, table=table, password=PASSWORD)
