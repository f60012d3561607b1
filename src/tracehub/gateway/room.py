"""Room: bytes that bodies may take up while they arrive, of all publishers and of each.

A slow body stays in memory until it is whole, so what may wait is bounded before it is read. Must
not know what arrives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tracehub.gateway.intake import FullError

MOST: Final = 64 * 1024 * 1024
MOST_OF_ONE: Final = 16 * 1024 * 1024


class Held:
    """One body on its way."""

    def __init__(self, room: Room, principal: str) -> None:
        self._room = room
        self._principal = principal
        self.size = 0

    def more(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            FullError: as much is on its way as may be.
        """
        self._room.take(self._principal, size)
        self.size += size


class Room:
    """All bodies on their way."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._all = 0
        self._of: Counter[str] = Counter()

    @contextmanager
    def held(self, principal: str) -> Iterator[Held]:
        """Room for one body, given back at the end of the block."""
        held = Held(self, principal)
        try:
            yield held
        finally:
            self._all -= held.size
            self._of[principal] -= held.size

    def take(self, principal: str, size: int) -> None:
        """Count so many bytes of a principal's; raises as `Held.more()`."""
        mine, whole = self._of[principal] + size, self._all + size
        if mine > self._most_of_one or whole > self._most:
            raise FullError("more is on its way than the gateway holds; try again in a second")
        self._of[principal], self._all = mine, whole
