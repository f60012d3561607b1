"""Following: what came on topics since the last look, outside any group.

Must not know what it says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from tracehub.bus.port import Bus
from tracehub.model.record import Received
from tracehub.services.waiting import stretch


class Following:
    """Reads topics on from where the last look ended.

    Args:
        bus: where they lie.
        back: the first look goes back so many records of each partition at most.
    """

    def __init__(self, bus: Bus, back: int) -> None:
        self._bus = bus
        self._back = back
        self._read_to: dict[tuple[str, int], int] = {}

    async def news(self, names: Collection[str]) -> AsyncIterator[Received]:
        """What came on topics since the last look, partition by partition; one question for all.

        Raises:
            RetryError: the log did not answer; the next look begins where this one ended.
        """
        for topic, ends in (await self._bus.ends_of(names)).items():
            for partition, end in enumerate(ends):
                place = topic, partition
                first = self._read_to.setdefault(place, max(0, end - self._back))
                async for received in stretch(self._bus, topic, partition, first, end):
                    yield received
                    self._read_to[place] = received.offset + 1
                self._read_to[place] = end
