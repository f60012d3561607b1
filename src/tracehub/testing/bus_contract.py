"""BusContract: the laws of a log, which every engine must pass.

Subclass it in a test module and give the fixture `open_bus`: a function that opens one more handle
on the same log, as another process would have. Time-outs are generous, so that the same laws hold
for an engine whose groups take seconds to settle.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from tracehub.bus.partition import partition_for
from tracehub.bus.port import Bus, Subscription, TopicSpec
from tracehub.errors import ConfigError, FencedError, RejectError
from tracehub.model.record import Received, Record

OpenBus = Callable[[], AbstractAsyncContextManager[Bus]]
WAIT_S = 40.0
_numbers = itertools.count()


def unique(prefix: str) -> str:
    """A name that no other test has used on this log."""
    return f"{prefix}.{os.getpid()}-{next(_numbers)}"


def records(
    topic: str, values: Sequence[str], *, key: str = "k", partition: int = 0
) -> list[Record]:
    """One record per value, all in one partition."""
    return [Record(topic, key.encode(), each.encode(), (), partition) for each in values]


async def take(subscription: Subscription, count: int, *, commit: bool = False) -> list[Received]:
    """The next `count` records or more."""
    found: list[Received] = []

    async def collect() -> None:
        async for batch in subscription:
            assert batch
            assert len({(each.topic, each.partition) for each in batch}) == 1
            found.extend(batch)
            if commit:
                await subscription.commit(batch)
            if len(found) >= count:
                return

    await asyncio.wait_for(collect(), WAIT_S)
    return found


def values(found: Sequence[Received]) -> list[str]:
    """The values as text."""
    return [each.value.decode() for each in found]


class BusContract:
    """Every law is one test."""

    @pytest.fixture
    async def bus(self, open_bus: OpenBus) -> AsyncIterator[Bus]:
        """One handle on the log."""
        async with open_bus() as bus:
            yield bus

    @pytest.fixture
    async def topic(self, bus: Bus) -> str:
        """A fresh topic with two partitions."""
        name = unique("contract")
        await bus.ensure([TopicSpec(name, 2)])
        return name

    async def test_publish_when_read_back_keeps_everything_in_order(
        self, bus: Bus, topic: str
    ) -> None:
        headers = (("th", b"\x01\x00"), ("other", b""))
        sent = [Record(topic, b"key", bytes([n]) * n, headers, 1) for n in range(50)]
        await bus.publish(sent)
        found = await bus.read(topic, 1, 0, 100)
        assert [(r.key, r.value, r.headers, r.partition) for r in found] == [
            (r.key, r.value, r.headers, r.partition) for r in sent
        ]
        assert [r.offset for r in found] == list(range(50))
        assert all(r.appended_at > 1_500_000_000_000 for r in found)

    async def test_publish_without_partition_when_keyed_uses_murmur2(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.publish([Record(topic, str(n).encode(), b"v") for n in range(20)])
        for partition in range(2):
            for each in await bus.read(topic, partition, 0, 100):
                assert partition_for(each.key, 2) == partition

    async def test_publish_when_given_nothing_does_nothing(self, bus: Bus, topic: str) -> None:
        await bus.publish([])
        assert await bus.ends(topic) == (0, 0)

    async def test_publish_when_value_and_key_are_empty_reads_them_as_empty(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.publish([Record(topic, b"", b"", (), 0)])
        (found,) = await bus.read(topic, 0, 0, 10)
        assert (found.key, found.value) == (b"", b"")

    async def test_publish_when_one_record_is_too_large_sends_none(
        self, bus: Bus, topic: str
    ) -> None:
        large = [*records(topic, ["a"]), Record(topic, b"", b"x" * (10 * 1024 * 1024), (), 0)]
        with pytest.raises(RejectError, match="bus/too-large"):
            await bus.publish(large)
        assert await bus.ends(topic) == (0, 0)

    async def test_publish_when_just_under_the_limit_is_taken(self, bus: Bus, topic: str) -> None:
        value = b"x" * (1024 * 1024 - 1000)
        await bus.publish([Record(topic, b"k", value, (), 0)])
        (found,) = await bus.read(topic, 0, 0, 10)
        assert found.value == value

    async def test_unknown_topic_when_used_names_the_remedy(self, bus: Bus) -> None:
        name = unique("nowhere")
        with pytest.raises(ConfigError, match="topics --create"):
            await bus.publish([Record(name, b"", b"", (), 0)])
        with pytest.raises(ConfigError, match="topics --create"):
            await bus.ends_of([name])
        with pytest.raises(ConfigError, match="topics --create"):
            async with bus.subscribe([name], group=unique("g")):
                pass

    async def test_ensure_when_repeated_changes_nothing(self, bus: Bus, topic: str) -> None:
        await bus.publish(records(topic, ["a"]))
        await bus.ensure([TopicSpec(topic, 2)])
        assert await bus.ends_of([topic]) == {topic: (1, 0)}

    async def test_ensure_when_the_partition_count_differs_refuses(
        self, bus: Bus, topic: str
    ) -> None:
        with pytest.raises(ConfigError, match="partitions"):
            await bus.ensure([TopicSpec(topic, 3)])

    async def test_group_when_it_starts_first_begins_at_the_beginning(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.publish(records(topic, ["a", "b"]))
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            assert values(await take(subscription, 2)) == ["a", "b"]

    async def test_commit_when_the_group_returns_is_remembered(self, bus: Bus, topic: str) -> None:
        group = unique("g")
        await bus.publish(records(topic, ["a", "b"]))
        async with bus.subscribe([topic], group=group) as subscription:
            await take(subscription, 2, commit=True)
        await bus.publish(records(topic, ["c"]))
        async with bus.subscribe([topic], group=group) as subscription:
            assert values(await take(subscription, 1)) == ["c"]

    async def test_uncommitted_records_when_the_group_returns_come_again(
        self, bus: Bus, topic: str
    ) -> None:
        group = unique("g")
        await bus.publish(records(topic, ["a", "b", "c"]))
        async with bus.subscribe([topic], group=group) as subscription:
            first = await take(subscription, 3)
            await subscription.commit(first[:1])
        async with bus.subscribe([topic], group=group) as subscription:
            assert values(await take(subscription, 2)) == ["b", "c"]

    async def test_rewind_when_asked_hands_the_batch_out_again(self, bus: Bus, topic: str) -> None:
        await bus.publish(records(topic, ["a", "b"]))
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            first = await take(subscription, 2)
            await subscription.rewind(first)
            assert values(await take(subscription, 2)) == ["a", "b"]

    async def test_partition_when_held_is_handed_out_only_after_its_release(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.publish(records(topic, ["a"]))
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            await take(subscription, 1)
            subscription.hold(topic, 0)
            await bus.publish(records(topic, ["held"]))
            await bus.publish(records(topic, ["b"], partition=1))
            assert values(await take(subscription, 1)) == ["b"]
            subscription.release(topic, 0)
            assert values(await take(subscription, 1)) == ["held"]

    async def test_epoch_when_a_partition_comes_back_is_another(
        self, bus: Bus, open_bus: OpenBus, topic: str
    ) -> None:
        group = unique("g")
        async with bus.subscribe([topic], group=group) as first:
            await bus.publish(records(topic, ["a"]))
            await take(first, 1, commit=True)
            before = first.epoch(topic, 0), first.epoch(topic, 1)
            assert -1 not in before
            async with open_bus() as other, other.subscribe([topic], group=group) as second:
                await _settled(first, second, topic)
                (gone,) = second.assigned()[topic]
                assert first.epoch(topic, gone) == -1
            await bus.publish(records(topic, ["b"], partition=gone))
            while first.epoch(topic, gone) == -1:
                await take(first, 1)
            assert first.epoch(topic, gone) != before[gone]

    async def test_subscription_when_records_arrive_later_wakes(
        self, bus: Bus, open_bus: OpenBus, topic: str
    ) -> None:
        async with bus.subscribe([topic], group=unique("g")) as subscription, open_bus() as other:
            waiting = asyncio.create_task(take(subscription, 1))
            await asyncio.sleep(0.3)
            await other.publish(records(topic, ["late"]))
            assert values(await waiting) == ["late"]

    async def test_members_when_two_join_share_and_take_over(
        self, bus: Bus, open_bus: OpenBus, topic: str
    ) -> None:
        group = unique("g")
        async with open_bus() as other, bus.subscribe([topic], group=group) as first:
            async with other.subscribe([topic], group=group) as second:
                await _settled(first, second, topic)
            await _owns(first, topic, 2)
            await bus.publish(records(topic, ["x"]))
            await bus.publish(records(topic, ["y"], partition=1))
            assert sorted(values(await take(first, 2))) == ["x", "y"]

    async def test_commit_when_the_partition_has_moved_is_refused(
        self, bus: Bus, open_bus: OpenBus, topic: str
    ) -> None:
        group = unique("g")
        await bus.publish(records(topic, ["a"]))
        await bus.publish(records(topic, ["b"], partition=1))
        async with bus.subscribe([topic], group=group) as first:
            held = await take(first, 2)
            async with open_bus() as other, other.subscribe([topic], group=group) as second:
                await first.commit([each for each in held if each.value == b"a"])
                await first.commit([each for each in held if each.value == b"b"])
                await _settled(first, second, topic)
                moved = [each for each in held if (each.partition,) == second.assigned()[topic]]
                with pytest.raises(FencedError):
                    await first.commit(moved)

    async def test_stop_when_called_ends_the_loop(self, bus: Bus, topic: str) -> None:
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            waiting = asyncio.create_task(take(subscription, 1))
            await asyncio.sleep(0.2)
            subscription.stop()
            assert await asyncio.wait_for(waiting, WAIT_S) == []

    async def test_ends_and_lag_when_records_wait_are_told(self, bus: Bus, topic: str) -> None:
        await bus.publish(records(topic, ["a", "b", "c"]))
        async with bus.subscribe([topic], group=unique("g")) as subscription:
            found = await take(subscription, 3)
            assert subscription.known()[topic, 0] == 3
            await subscription.commit(found[:2])
            assert (await subscription.lag())[topic] == 1

    async def test_read_when_past_the_end_or_limited_returns_fewer(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.publish(records(topic, ["a", "b", "c"]))
        assert values(await bus.read(topic, 0, 1, 1)) == ["b"]
        assert values(await bus.read(topic, 0, 2, 10)) == ["c"]
        assert list(await bus.read(topic, 0, 3, 10)) == []

    async def test_compacted_topic_when_rewritten_often_keeps_the_last_of_each_key(
        self, bus: Bus
    ) -> None:
        name = unique("state")
        await bus.ensure([TopicSpec(name, 1, compacted=True)])
        for turn in range(200):
            await bus.publish([Record(name, f"{turn % 3}".encode(), f"{turn}".encode(), (), 0)])
        found = await bus.read(name, 0, 0, 1000)
        last = {each.key: each.value for each in found}
        assert last == {b"0": b"198", b"1": b"199", b"2": b"197"}
        assert await bus.ends(name) == (200,)


async def _owns(subscription: Subscription, topic: str, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while len(subscription.assigned().get(topic, ())) != count:
            await asyncio.sleep(0.05)


async def _settled(first: Subscription, second: Subscription, topic: str) -> None:
    """Each of two members has one of two partitions."""
    async with asyncio.timeout(WAIT_S):
        while True:
            shares = [each.assigned().get(topic, ()) for each in (first, second)]
            if [len(share) for share in shares] == [1, 1] and shares[0] != shares[1]:
                return
            await asyncio.sleep(0.05)
