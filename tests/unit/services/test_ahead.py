"""Ahead: what the log has is in hand together, in its order, and no more of it than is needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.overhead import Handed
from tracehub.clock import SystemClock
from tracehub.model.record import Received
from tracehub.services.ahead import ENOUGH, Ahead, unasked
from tracehub.services.news import News


def batch(partition: int, count: int = 1) -> list[Received]:
    return [Received("raw", b"k", b"v", (), partition, each, 0) for each in range(count)]


class Moving(Handed):
    """Hands out what is there; partitions may move."""

    def __init__(self, batches: Sequence[Sequence[Received]]) -> None:
        super().__init__(batches)
        self.epochs = dict.fromkeys(range(9), 1)
        self.rewound: list[int] = []

    def epoch(self, *place: object) -> int:
        return self.epochs[int(str(place[1]))]

    async def rewind(self, batch: Sequence[Received]) -> None:
        self.rewound.append(batch[0].partition)


@asynccontextmanager
async def reading(subscription: Moving) -> AsyncIterator[Ahead]:
    news = News()
    ahead = Ahead(subscription, SystemClock(), unasked, news)
    await asyncio.wait_for(news.wait(), 60)
    yield ahead
    await ahead.close()


async def test_batches_when_they_are_there_are_all_in_hand_at_the_first_news() -> None:
    async with reading(Moving([batch(0), batch(1), batch(2)])) as ahead:
        for partition in range(3):
            assert ahead.place == ("raw", partition)
            assert await ahead.take(9) == batch(partition)
        assert ahead.ended


async def test_batches_when_enough_is_in_hand_are_not_asked_for() -> None:
    subscription = Moving([batch(0, ENOUGH), batch(1), batch(2)])
    async with reading(subscription) as ahead:
        assert await anext(subscription) == batch(1)
        assert [each.offset for each in await ahead.take(3)] == [0, 1, 2]
        assert (await ahead.take(ENOUGH))[0].offset == 3
        await asyncio.sleep(0.01)
        assert ahead.place == ("raw", 2)


async def test_batch_when_its_partition_has_moved_is_not_handed_out() -> None:
    subscription = Moving([batch(0), batch(1)])
    async with reading(subscription) as ahead:
        subscription.epochs[0] = 2
        assert ahead.place == ("raw", 1)
        assert (await ahead.take(9))[0].partition == 1
        assert ahead.epoch == 1


async def test_batches_when_their_partition_is_read_again_are_forgotten() -> None:
    subscription = Moving([batch(0), batch(1), batch(0)])
    async with reading(subscription) as ahead:
        await ahead.read_again({("raw", 0): batch(0)[0]})
        assert subscription.rewound == [0]
        assert await ahead.take(9) == batch(1)
        assert not ahead.ready
