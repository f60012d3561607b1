from __future__ import annotations

import time

from tracehub.clock import SystemClock


def test_now_when_read_is_the_wall_time_in_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    now = SystemClock().now_ms()
    assert before <= now <= time.time_ns() // 1_000_000


async def test_sleep_when_awaited_waits_at_least_so_long() -> None:
    clock = SystemClock()
    start = clock.monotonic_s()
    await clock.sleep(0.02)
    assert clock.monotonic_s() - start >= 0.019
