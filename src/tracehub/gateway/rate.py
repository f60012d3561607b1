"""Rate: how much one principal may ask, told at once instead of waited for."""

from __future__ import annotations

from tracehub.clock import Clock


class Rate:
    """A token bucket that refuses.

    Args:
        per_s: documents a second.
        clock: the only source of time.
    """

    def __init__(self, per_s: float, clock: Clock) -> None:
        self._per_s = per_s
        self._most = max(per_s, 1.0)
        self._clock = clock
        self._tokens = self._most
        self._filled_at_s = clock.monotonic_s()

    def short_s(self) -> float:
        """Take one token; 0.0 when there was one, else the seconds until there is one."""
        now_s = self._clock.monotonic_s()
        flowed = (now_s - self._filled_at_s) * self._per_s
        self._tokens = min(self._most, self._tokens + flowed)
        self._filled_at_s = now_s
        if self._tokens < 1.0:
            return (1.0 - self._tokens) / self._per_s
        self._tokens -= 1.0
        return 0.0
