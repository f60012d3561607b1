"""PageContract: what every collector must do with any real server of its protocol.

Subclass it in a connector's `tests/test_contract.py`: set `kind`, `ability` and `server`, and give
`document()` and the fixtures `line` and `publisher`. `CollectorContract` adds the laws of HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar, Protocol

import orjson
import pytest
import pytest_asyncio

from tracehub.connect import Collected, Collector, ConnectorType, Line, Page
from tracehub.model.event import CATEGORIES

_MANY = 230
_PATIENCE_S = 60.0


class Publisher(Protocol):
    """The other system, as far as these laws look at it."""

    async def publish(self, documents: Sequence[bytes]) -> None:
        """Make documents ready to be collected, after those before."""
        ...


@pytest.mark.asyncio(loop_scope="class")
class PageContract:
    """Every law is one test. A class shares one event loop, so that its servers start once."""

    kind: ClassVar[ConnectorType]
    ability: ClassVar[str] = "http"
    server: ClassVar[str] = "uvicorn (HTTP/1.1)"
    empty_cursor: ClassVar[str] = ""

    def document(self, number: int) -> dict[str, Any]:
        """One document as the system publishes it, of category `drug`."""
        raise NotImplementedError

    @pytest_asyncio.fixture(loop_scope="class")
    async def collector(self, line: Line) -> AsyncIterator[Collector]:
        """The collector, open."""
        assert self.kind.open_collector is not None
        async with self.kind.open_collector(line) as collector:
            yield collector

    def lines(self, count: int) -> list[bytes]:
        """Documents as bytes, spelled as no library of ours would spell them."""
        return [self.spelled(self.document(each)) for each in range(count)]

    def spelled(self, document: Any) -> bytes:
        """The bytes of a document that the system hands over."""
        return orjson.dumps(document).replace(b":", b" : ")

    def strange(self) -> list[bytes]:
        """What the system may publish and the hub can't read."""
        return [b"{", b"[]", b'"text"', b'{"category":"unheard-of"}']

    async def test_type_when_asked_declares_that_it_publishes(self) -> None:
        (able,) = [each for each in self.kind.abilities if each.name == self.ability]
        assert able.publishes

    async def test_page_when_nothing_is_published_is_empty_and_keeps_the_cursor(
        self, collector: Collector
    ) -> None:
        assert await collector.collect("") == Page((), "")

    async def test_documents_when_collected_are_the_systems_own_bytes_once_and_in_order(
        self, collector: Collector, publisher: Publisher
    ) -> None:
        lines = self.lines(_MANY)
        await publisher.publish(lines)
        records, cursor = await collect_all(collector, "", _MANY)
        assert [each.value for each in records] == lines
        assert {each.category for each in records} == {"drug"}
        assert all(each.key for each in records)
        assert await collector.collect(cursor) == Page((), cursor)

    async def test_page_when_its_records_were_not_saved_is_handed_out_again(
        self, collector: Collector, publisher: Publisher
    ) -> None:
        await publisher.publish(self.lines(3))
        first = Page((), "")
        while not first.records:
            first = await collector.collect("")
        assert await collector.collect("") == first

    async def test_collecting_when_restarted_with_a_saved_cursor_loses_and_repeats_nothing(
        self, line: Line, publisher: Publisher
    ) -> None:
        lines = self.lines(_MANY)
        await publisher.publish(lines)
        assert self.kind.open_collector is not None
        async with self.kind.open_collector(line) as collector:
            first = Page((), "")
            while not first.records:
                first = await collector.collect("")
            second = await collector.collect(first.cursor)
        async with self.kind.open_collector(line) as collector:
            left = _MANY - len(first.records)
            rest, cursor = await collect_all(collector, first.cursor, left)
            assert rest[: len(second.records)] == list(second.records)
            assert [each.value for each in (*first.records, *rest)] == lines
            late = self.spelled(self.document(_MANY))
            await publisher.publish([late])
            new, _ = await collect_all(collector, cursor, 1)
        assert [each.value for each in new] == [late]

    async def test_document_when_it_cannot_be_read_is_handed_on_all_the_same(
        self, collector: Collector, publisher: Publisher
    ) -> None:
        strange = self.strange()
        await publisher.publish(strange)
        records, _ = await collect_all(collector, "", len(strange))
        assert [each.value for each in records] == strange
        assert {each.category for each in records} <= set(CATEGORIES)


async def collect_all(collector: Collector, cursor: str, count: int) -> tuple[list[Collected], str]:
    """The next `count` records after a cursor, and the cursor after them.

    An empty page does not end it: what is pushed to us may be on its way.
    """
    records: list[Collected] = []
    async with asyncio.timeout(_PATIENCE_S):
        while len(records) < count:
            page = await collector.collect(cursor)
            records.extend(page.records)
            cursor = page.cursor
    return records, cursor
