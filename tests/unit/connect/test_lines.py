from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.unit.connect.conftest import RawServer
from tracehub.clock import SystemClock
from tracehub.connect import (
    About,
    Collected,
    HttpConfig,
    Line,
    LineCollector,
    RetryError,
    asking,
    open_http,
)


def about(document: Any) -> About:
    return About(document["category"], document["key"])


@pytest.fixture
async def collector(raw: RawServer) -> AsyncIterator[LineCollector]:
    line = Line("inspection/test", HttpConfig(url=raw.url, timeout_s=1.0), SystemClock())
    async with open_http(line) as http:
        yield LineCollector(asking(http), "/reports", about, "food")


def page(*lines: bytes, cursor: str = "c1", count: int | None = None) -> tuple[bytes, ...]:
    body = b"".join(line + b"\n" for line in lines)
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nNext-Cursor: {cursor}\r\n"
        f"Page-Records: {len(lines) if count is None else count}\r\n\r\n"
    )
    return (head.encode() + body,)


async def test_lines_when_read_keep_their_bytes_category_and_key(
    raw: RawServer, collector: LineCollector
) -> None:
    raw.parts = page(b'{"key":"k","category" : "drug"}', b"no json", b'{"category":"drug"}')
    got = await collector.collect("a b&c")
    assert got.cursor == "c1"
    assert got.records == (
        Collected("drug", b"k", b'{"key":"k","category" : "drug"}'),
        Collected("food", b"", b"no json"),
        Collected("food", b"", b'{"category":"drug"}'),
    )
    assert b"GET /reports?cursor=a+b%26c&limit=100 " in raw.heads[0]


@pytest.mark.parametrize(
    "parts",
    [
        page(b"{}", cursor=""),
        page(b"{}", cursor="same"),
        page(b"{}", cursor="x" * 257),
        page(b"{}", count=2),
        page(b"{}", b"{}", count=1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",),
    ],
)
async def test_page_when_incoherent_is_asked_for_again(
    raw: RawServer, collector: LineCollector, parts: tuple[bytes, ...]
) -> None:
    raw.parts = parts
    with pytest.raises(RetryError):
        await collector.collect("same")


async def test_page_when_empty_keeps_the_cursor(raw: RawServer, collector: LineCollector) -> None:
    raw.parts = page(cursor="elsewhere")
    got = await collector.collect("same")
    assert (got.records, got.cursor) == ((), "same")


async def test_document_when_alone_too_long_is_said_so(
    raw: RawServer, collector: LineCollector
) -> None:
    raw.parts = (b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65536] * 40)
    with pytest.raises(RetryError, match="longer than"):
        await collector.collect("")
    limits = [head.split(b"limit=")[1].split(b" ")[0] for head in raw.heads]
    assert limits == [b"100", b"50", b"25", b"12", b"6", b"3", b"1"]
