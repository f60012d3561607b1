from __future__ import annotations

import asyncio

from tracehub.testing.clock import START_MS, ManualClock


async def test_sleepers_when_time_is_advanced_wake_in_order_at_their_instants() -> None:
    clock = ManualClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *delays_s: float) -> None:
        for delay_s in delays_s:
            await clock.sleep(delay_s)
            woken.append((name, clock.monotonic_s()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("slow", 3.0))
        group.create_task(sleeper("twice", 1.0, 1.0))
        await clock.advance(2.5)
        assert woken == [("twice", 1.0), ("twice", 2.0)]
        await clock.advance(0.5)
    assert woken[2:] == [("slow", 3.0)]
    assert clock.now_ms() == START_MS + 3000


async def test_sleeper_when_cancelled_is_forgotten() -> None:
    clock = ManualClock()
    task = asyncio.ensure_future(clock.sleep(1.0))
    await clock.advance(0.0)
    task.cancel()
    await clock.advance(2.0)
    assert task.cancelled()
