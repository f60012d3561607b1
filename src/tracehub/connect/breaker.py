"""Breaker: leaves a system alone that keeps failing, and comes back to it carefully.

Closed, it allows everything. After a row of failures it opens and allows nothing until a wait is
over; then it is half-open and allows one event as a probe. A success lets twice as many through
the next time, until it is closed again (slow start). It must not know what a call is.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from tracehub.clock import Clock

State = Literal["closed", "open", "half-open"]
STATES: Final[tuple[State, ...]] = ("closed", "open", "half-open")


class View(NamedTuple):
    """What an operator sees. `opened_at` is milliseconds since the epoch, 0 while closed."""

    state: State
    failures: int
    opened_at: int
    last_error: str


class Breaker:
    """The state of one connection.

    Args:
        failures: failures in a row that open it.
        reset_s: how long it stays open before a probe.
        full: the most events of one call; slow start ends when that many were allowed.
        clock: the only source of time.
    """

    def __init__(self, failures: int, reset_s: float, full: int, clock: Clock) -> None:
        self._limit = failures
        self._reset_s = reset_s
        self._full = full
        self._clock = clock
        self._failures = 0
        self._opened_at = 0
        self._probe_at_s: float | None = None
        self._probing = False
        self._allowed = full
        self._last_error = ""

    @property
    def state(self) -> State:
        """Closed; open while nothing is allowed; half-open until slow start has ended."""
        if self._probe_at_s is not None and self._clock.monotonic_s() < self._probe_at_s:
            return "open"
        recovering = self._probe_at_s is not None or self._allowed < self._full
        return "half-open" if recovering else "closed"

    def view(self) -> View:
        """State, failures in a row, since when it is not closed, and the last error."""
        return View(self.state, self._failures, self._opened_at, self._last_error)

    def wait_s(self) -> float:
        """Seconds until a call has a chance; 0 when it has one now."""
        if self._probe_at_s is None:
            return 0.0
        left_s = self._probe_at_s - self._clock.monotonic_s()
        return max(left_s, self._reset_s if self._probing else 0.0)

    def admit(self) -> int:
        """How many events one call may hold now; 0 forbids it.

        A call that was admitted ends with `succeeded()`, `failed()` or `abandoned()`.
        """
        if self._probe_at_s is None:
            return self._allowed
        if self._probing or self._clock.monotonic_s() < self._probe_at_s:
            return 0
        self._probing = True
        return 1

    def succeeded(self) -> None:
        """The system answered."""
        self._failures = 0
        self._probing = False
        if self._probe_at_s is not None:
            self._probe_at_s = None
            self._allowed = 1
        self._allowed = min(self._full, self._allowed * 2)
        if self._allowed == self._full:
            self._opened_at = 0

    def failed(self, error: str) -> None:
        """The system did not answer, or answered that it cannot work."""
        self._last_error = error
        self._failures += 1
        recovering = self._probing or self._allowed < self._full
        self._probing = False
        if recovering or self._failures >= self._limit:
            self._opened_at = self._opened_at or self._clock.now_ms()
            self._probe_at_s = self._clock.monotonic_s() + self._reset_s

    def abandoned(self) -> None:
        """The call was given up by its caller; nothing was learned."""
        self._probing = False
