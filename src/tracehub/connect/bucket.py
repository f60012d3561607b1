"""Bucket: spaces calls out so that a system gets no more of them than it agreed to.

Must not know what a call is. It waits by the `Clock`, so that tests and simulations own time.
"""

from __future__ import annotations

from tracehub.clock import Clock


class Bucket:
    """A token bucket; callers are served in the order in which they came.

    Args:
        rate_per_s: tokens that flow in each second.
        burst: the most tokens it holds; it starts full.
        clock: the only source of time.
    """

    def __init__(self, rate_per_s: float, burst: int, clock: Clock) -> None:
        self._rate_per_s = rate_per_s
        self._burst = float(burst)
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at_s = clock.monotonic_s()

    async def take(self) -> None:
        """Take one token; wait until it has flowed in.

        The token is booked at once, so a wait that is cancelled still counts: the rate is never
        exceeded.
        """
        now_s = self._clock.monotonic_s()
        flowed = (now_s - self._filled_at_s) * self._rate_per_s
        self._tokens = min(self._burst, self._tokens + flowed) - 1.0
        self._filled_at_s = now_s
        if self._tokens < 0:
            await self._clock.sleep(-self._tokens / self._rate_per_s)
