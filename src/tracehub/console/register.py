"""Register: who came in, who was turned away, and who left, on `control.audit`.

Anybody can be turned away as often as they like, so only so many of those are written down; the
next one that is says how many were not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tracehub.bus.port import Bus
from tracehub.clock import Clock
from tracehub.console.login import LoginError
from tracehub.console.session import Session
from tracehub.gateway import Rate
from tracehub.services.audit import LOGIN, LOGOUT, TURNED_AWAY, Deed, note

_PER_S: Final = 1.0


@dataclass(slots=True)
class Register:
    """Writes down comings and goings.

    All its functions raise `RetryError` when the log does not answer: nobody comes in unseen.
    """

    bus: Bus
    clock: Clock
    _rate: Rate = field(init=False)
    _unsaid: int = 0

    def __post_init__(self) -> None:
        self._rate = Rate(_PER_S, self.clock)

    async def came(self, session: Session) -> None:
        """Somebody has logged in."""
        grant = session.grant
        granted = f"{grant.role} {grant.connection}".rstrip()
        await note(self.bus, Deed(self.clock.now_ms(), session.name, LOGIN, granted))

    async def left(self, session: Session) -> None:
        """Somebody has logged out."""
        await note(self.bus, Deed(self.clock.now_ms(), session.name, LOGOUT))

    async def turned_away(self, error: LoginError) -> None:
        """Somebody could not be let in."""
        if self._rate.short_s():
            self._unsaid += 1
            return
        more = f" (and {self._unsaid} not written down)" if self._unsaid else ""
        self._unsaid = 0
        why = f"{error}{more}"
        await note(self.bus, Deed(self.clock.now_ms(), error.who, TURNED_AWAY, why))
