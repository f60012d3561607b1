"""AppendContract: a log says where a record lies, or is told. Subclass it beside `BusContract`."""

from __future__ import annotations

import asyncio

import pytest

from tracehub.bus.port import Bus
from tracehub.errors import ConfigError, RejectError
from tracehub.model.record import Record


class AppendContract:
    """Laws of `Bus.append()` and `Bus.publish_placed()`."""

    async def test_append_when_it_returns_says_where_each_record_lies(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.publish([Record(topic, b"k", b"before", (), 1)])
        sent = [Record(topic, b"%d" % n, b"%d" % n) for n in range(40)]
        sent += [Record(topic, b"k", b"by place", (), 1), sent[0]]
        positions = await bus.append(sent)
        for record, position in zip(sent, positions, strict=True):
            (found,) = await bus.read(position.topic, position.partition, position.offset, 1)
            assert (found.value, found.offset) == (record.value, position.offset)
        assert len(set(positions)) == len(sent)

    async def test_append_when_many_do_it_at_once_tells_each_its_own(
        self, bus: Bus, topic: str
    ) -> None:
        shares = [
            [Record(topic, b"k", b"%d-%d" % (n, m), (), 0) for m in range(5)] for n in range(8)
        ]
        told = await asyncio.gather(*(bus.append(share) for share in shares))
        for share, positions in zip(shares, told, strict=True):
            for record, position in zip(share, positions, strict=True):
                (found,) = await bus.read(topic, 0, position.offset, 1)
                assert found.value == record.value

    async def test_append_when_there_is_nothing_says_nothing(self, bus: Bus) -> None:
        assert not await bus.append([])

    async def test_rows_when_placed_lie_there_in_order(self, bus: Bus, topic: str) -> None:
        headers = (("th", b"\x01\x00"), ("other", b""))
        rows = {number: [(b"k", bytes([n]), headers) for n in range(30)] for number in (0, 1)}
        await bus.publish_placed({(topic, number): each for number, each in rows.items()})
        for number, sent in rows.items():
            found = await bus.read(topic, number, 0, 100)
            assert [(r.key, r.value, r.headers) for r in found] == sent

    async def test_rows_when_one_can_t_be_placed_or_is_too_large_are_not_sent(
        self, bus: Bus, topic: str
    ) -> None:
        with pytest.raises(ConfigError, match="partition"):
            await bus.publish_placed({(topic, 0): [(b"", b"a", ())], (topic, 7): [(b"", b"b", ())]})
        with pytest.raises(RejectError, match="bus/too-large"):
            await bus.publish_placed({(topic, 0): [(b"", b"x" * (10 * 1024 * 1024), ())]})
        assert await bus.ends(topic) == (0, 0)
