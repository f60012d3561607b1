from __future__ import annotations

import asyncio

import pytest

from tracehub.connect.bucket import Bucket
from tracehub.testing.clock import ManualClock


async def test_takes_when_within_the_burst_do_not_wait() -> None:
    clock = ManualClock()
    bucket = Bucket(10.0, 3, clock)
    for _ in range(3):
        await bucket.take()
    assert clock.slept_s == []


async def test_takes_when_beyond_the_burst_are_spaced_by_the_rate() -> None:
    clock = ManualClock()
    bucket = Bucket(10.0, 2, clock)
    taken: list[float] = []

    async def take() -> None:
        await bucket.take()
        taken.append(clock.monotonic_s())

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(take())
        await clock.advance(1.0)
    assert taken == pytest.approx([0.0, 0.0, 0.1, 0.2, 0.3, 0.4])


async def test_bucket_when_idle_fills_no_further_than_the_burst() -> None:
    clock = ManualClock()
    bucket = Bucket(10.0, 2, clock)
    await clock.advance(1000.0)
    await bucket.take()
    await bucket.take()
    waiting = asyncio.ensure_future(bucket.take())
    await clock.advance(0.09)
    assert not waiting.done()
    await clock.advance(0.02)
    assert waiting.done()


async def test_rate_when_a_waiter_is_cancelled_is_not_exceeded() -> None:
    clock = ManualClock()
    bucket = Bucket(1.0, 1, clock)
    await bucket.take()
    first = asyncio.ensure_future(bucket.take())
    await clock.advance(0.0)
    first.cancel()
    second = asyncio.ensure_future(bucket.take())
    await clock.advance(1.5)
    assert not second.done()
    await clock.advance(0.5)
    assert second.done()
