"""CollectorContract: what a connector must do with a system that is asked for what it publishes.

Subclass it beside `ConnectorContract` for a type that collects, set `kind`, and give `document()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from tracehub.connect import Collected, Collector, Line, Page, RetryError
from tracehub.model.event import CATEGORIES
from tracehub.testing.system_contract import MARGIN_S, TIMEOUT_S, SystemContract, line_to
from tracehub.testing.systems import Fault, System, secret_of

_BIG = 300_000
_MANY = 230
BAD_PAGES = ("hang-up", "garble", "huge", "slow", "compressed", "stall", "stall-after", "redirect")


class CollectorContract(SystemContract):
    """Every law is one test."""

    def document(self, number: int) -> dict[str, Any]:
        """One document as the system publishes it, of category `drug`."""
        raise NotImplementedError

    def settings(self, system: System) -> dict[str, Any]:
        """What the connection's settings hold beside url and time-out."""
        return {"token": secret_of(system.connection)}

    @pytest.fixture
    def line(self, system: System, url: str) -> Line:
        """A line to the running system."""
        return line_to(self.kind, system.connection, url, self.settings(system))

    @pytest_asyncio.fixture(loop_scope="class")
    async def collector(self, line: Line) -> AsyncIterator[Collector]:
        """The collector, open."""
        assert self.kind.open_collector is not None
        async with self.kind.open_collector(line) as collector:
            yield collector

    def lines(self, count: int) -> list[bytes]:
        """Documents as bytes, spelled as no library of ours would spell them."""
        return [orjson.dumps(self.document(each)).replace(b":", b" : ") for each in range(count)]

    async def test_page_when_nothing_is_published_is_empty_and_keeps_the_cursor(
        self, collector: Collector
    ) -> None:
        assert await collector.collect("") == Page((), "")

    async def test_documents_when_collected_are_the_systems_own_bytes_once_and_in_order(
        self, collector: Collector, system: System
    ) -> None:
        lines = self.lines(_MANY)
        system.ledger.publish(system.connection, lines)
        records, cursor = await _all(collector, "")
        assert [each.value for each in records] == lines
        assert {each.category for each in records} == {"drug"}
        assert all(each.key for each in records)
        assert await collector.collect(cursor) == Page((), cursor)

    async def test_collecting_when_restarted_with_a_saved_cursor_loses_and_repeats_nothing(
        self, line: Line, system: System
    ) -> None:
        lines = self.lines(_MANY)
        system.ledger.publish(system.connection, lines)
        assert self.kind.open_collector is not None
        async with self.kind.open_collector(line) as collector:
            first = await collector.collect("")
            again = await collector.collect("")
        assert again == first
        async with self.kind.open_collector(line) as collector:
            rest, cursor = await _all(collector, first.cursor)
            assert [each.value for each in (*first.records, *rest)] == lines
            system.ledger.publish(system.connection, [b'{"new" : 1}'])
            (new,) = (await collector.collect(cursor)).records
        assert new.value == b'{"new" : 1}'

    async def test_document_when_it_cannot_be_read_is_handed_on_all_the_same(
        self, collector: Collector, system: System
    ) -> None:
        strange = [b"{", b"[]", b'"text"', b'{"category":"unheard-of"}', b"\xff\xfe"]
        system.ledger.publish(system.connection, strange)
        records = (await collector.collect("")).records
        assert [each.value for each in records] == strange
        assert {each.category for each in records} <= set(CATEGORIES)

    async def test_credentials_when_wrong_collect_nothing(self, system: System, url: str) -> None:
        system.ledger.publish(system.connection, self.lines(1))
        assert self.kind.open_collector is not None
        line = line_to(self.kind, system.connection, url, {"token": "0" * 40})
        async with self.kind.open_collector(line) as collector:
            with pytest.raises(RetryError, match="401"):
                await collector.collect("")


class ThoroughCollectorContract(CollectorContract):
    """The laws of what is shared by all types that collect in one way; one of them proves it."""

    @pytest.mark.parametrize("mode", BAD_PAGES)
    async def test_page_when_it_is_not_whole_is_asked_for_again(
        self, collector: Collector, system: System, mode: Any
    ) -> None:
        lines = self.lines(6)
        system.ledger.publish(system.connection, lines)
        system.faults.set(Fault(mode=mode))
        async with asyncio.timeout(10 * (TIMEOUT_S + MARGIN_S)):
            with pytest.raises(RetryError):
                await collector.collect("")
        assert "/elsewhere" not in system.requests
        system.faults.set(Fault())
        assert [each.value for each in (await collector.collect("")).records] == lines

    async def test_page_when_too_long_is_asked_for_in_parts(
        self, collector: Collector, system: System
    ) -> None:
        lines = [orjson.dumps({**self.document(each), "annex": "x" * _BIG}) for each in range(9)]
        system.ledger.publish(system.connection, lines)
        records, _ = await _all(collector, "")
        assert [each.value for each in records] == lines

    async def test_answer_when_no_page_may_be_one_later(
        self, collector: Collector, system: System
    ) -> None:
        for status in (400, 401, 404, 429, 500, 503):
            system.faults.set(Fault(mode="status", status=status, retry_after_s=5, times=1))
            with pytest.raises(RetryError, match=str(status)):
                await collector.collect("")


async def _all(collector: Collector, cursor: str) -> tuple[list[Collected], str]:
    """Every record after a cursor, and the last cursor."""
    records: list[Collected] = []
    while True:
        page = await collector.collect(cursor)
        if not page.records:
            return records, cursor
        records.extend(page.records)
        cursor = page.cursor
