"""Faults: what a simulated system is told to do wrong, and for how long.

Must not know HTTP or any dialect.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Mode = Literal[
    "none",
    "status",
    "redirect",
    "stall",
    "refuse",
    "busy",
    "hang-up",
    "stall-after",
    "garble",
    "short",
    "huge",
    "slow",
    "compressed",
    "bomb",
    "lie",
    "bad-signature",
    "echo",
]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
BEFORE: Final = frozenset({"status", "redirect", "stall", "echo"})
"""The modes in which nothing is applied. `refuse` and `busy` choose single events."""


class Fault(BaseModel):
    """One way to misbehave.

    Modes before any effect: `status` answers `status`, with `Retry-After` when `retry_after_s` is
    set; `redirect` answers 307 to another path; `stall` never answers; `echo` answers `status`
    with the request's own credentials in its reason; `lie` answers that all was accepted, and keeps
    a note of the lie. Of single events: `refuse` refuses them for
    `reason`, `busy` asks for a later try. After the effect: `hang-up` closes in the middle of the
    answer, `stall-after` never answers, `garble` answers what is no JSON, `short` leaves the last
    result out, `huge` sends 10 MiB, `slow` sends a byte at a time, `compressed` answers gzip,
    `bomb` answers gzip that becomes a thousand times as long, `bad-signature` signs with another
    secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = "none"
    times: int | None = Field(None, ge=1, description="Requests it lasts; without: until changed.")
    status: int = Field(503, ge=300, le=599)
    retry_after_s: int = Field(0, ge=0)
    stall_s: float = Field(60.0, ge=0, description="The longest it stalls or drips.")
    reason: str = "not-competent"
    every: int = Field(1, ge=1, description="refuse, busy: about one event in so many, by key.")

    def hits(self, effect_key: str) -> bool:
        """Whether it concerns this event; the same answer for every try."""
        return int(effect_key[-8:], 16) % self.every == 0


class Faults:
    """The fault in force."""

    def __init__(self) -> None:
        self._fault = Fault()
        self._left: int | None = None

    @property
    def current(self) -> Fault:
        """The fault that the next request meets."""
        return self._fault

    def set(self, fault: Fault) -> None:
        """Misbehave so from the next request on."""
        self._fault = fault
        self._left = fault.times

    def take(self) -> Fault:
        """The fault for one request; a limited one is used up by it."""
        fault = self._fault
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self.set(Fault())
        return fault
