from __future__ import annotations

import asyncio

import pytest

from tracehub.connect.deadline import deadline
from tracehub.testing.clock import ManualClock


async def test_body_when_it_takes_too_long_is_cancelled() -> None:
    clock = ManualClock()
    cancelled = False

    async def work() -> None:
        nonlocal cancelled
        async with deadline(clock, 2.0):
            try:
                await asyncio.Event().wait()
            finally:
                cancelled = True

    task = asyncio.ensure_future(work())
    await clock.advance(1.9)
    assert not task.done()
    await clock.advance(0.2)
    with pytest.raises(TimeoutError):
        task.result()
    assert cancelled


async def test_body_when_it_is_in_time_is_left_alone() -> None:
    clock = ManualClock()
    async with deadline(clock, 2.0):
        pass
    await clock.advance(5.0)


async def test_body_when_it_raises_is_not_called_late() -> None:
    with pytest.raises(ZeroDivisionError):
        async with deadline(ManualClock(), 2.0):
            raise ZeroDivisionError


async def test_caller_when_it_cancels_is_not_told_of_a_time_out() -> None:
    clock = ManualClock()

    async def work() -> None:
        async with deadline(clock, 2.0):
            await asyncio.Event().wait()

    task = asyncio.ensure_future(work())
    await clock.advance(1.0)
    task.cancel()
    await clock.advance(0.0)
    assert task.cancelled()
