"""Lookout: what the console follows of the hub, read once for everyone who looks.

Each look reads on from where the last one ended, and no more is kept than is shown: a page costs
the same however long the hub has run. Must not know who may see what.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from tracehub.avro.catalogue import Catalogue
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.clock import Clock
from tracehub.console.flow import Seen
from tracehub.console.readings import Readings, readings
from tracehub.errors import RetryError
from tracehub.model.record import Received
from tracehub.services.audit import PUT_BACK, Deed, deed_of
from tracehub.services.dead_letter import read
from tracehub.services.following import Following
from tracehub.services.legible import legible
from tracehub.services.replay import Found, request_of
from tracehub.services.standing import Standing, take_in
from tracehub.services.wishes import Wishes
from tracehub.telemetry.log import Logger

LOOK_S: Final = 1.0
_OLDEST_S: Final = 5.0
"""What is older is not shown: whoever asks waits for a look."""
_ASKED_S: Final = 60.0
"""After so long without anybody asking, nothing is looked at."""
MOST_DEEDS: Final = 500
_LETTERS: Final = 5000
_LEAST: Final = 100
"""Letters are kept in equal shares, so that nobody's flood hides another's; none is smaller."""

Texts = Callable[[], Awaitable[Sequence[str]]]
"""The expositions of the services' metrics."""


@dataclass(slots=True)
class Lookout:
    """Follows figures, dead letters, standings, wishes and deeds.

    Attributes:
        connections: ids of all.
        letters: the newest dead letters of each connection by id, without their bytes.
        deeds: what was done by whom, the newest last.
    """

    bus: Bus
    catalogue: Catalogue
    connections: Sequence[str]
    texts: Texts
    clock: Clock
    log: Logger
    letters: dict[str, dict[str, Found]] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    _standings: dict[str, dict[bytes, Standing]] = field(default_factory=dict)
    _wishes: Wishes = field(init=False)
    _news: Following = field(init=False)
    _takers: dict[str, Callable[[Received], None]] = field(init=False, default_factory=dict)
    _readings: Readings | None = None
    _before: Readings | None = None
    _at_s: float = 0.0
    _span_s: float = 0.0
    _asked_s: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._wishes = Wishes(self.bus, self.log)
        self._news = Following(self.bus, self.most)
        for each in self.connections:
            self._standings[each], self.letters[each] = {}, {}
            self._takers[topics.state_connection(each)] = partial(self._take_standing, each)
            self._takers[topics.dead_letter(each)] = partial(self._take_letter, each)
        self._takers[topics.control(topics.AUDIT)] = self._take_deed
        self._takers[topics.control(topics.REPLAY)] = self._take_put_back

    @property
    def most(self) -> int:
        """How many dead letters of one connection are kept."""
        return max(_LEAST, _LETTERS // max(1, len(self.connections)))

    async def seen(self) -> Seen:
        """What moves now.

        Raises:
            RetryError: the log did not answer.
        """
        now = await self.fresh()
        standings = {name: list(each.values()) for name, each in self._standings.items()}
        return Seen(now, self._before, self._span_s, standings, self._wishes.of)

    async def fresh(self) -> Readings:
        """Look when the last look is too old, or there was none."""
        self._asked_s = self.clock.monotonic_s()
        if self._readings is None or self._asked_s - self._at_s > _OLDEST_S:
            return await self.look()
        return self._readings

    async def follow(self) -> None:
        """Look again and again while somebody asks, so that no page waits for it."""
        while True:
            await self.clock.sleep(LOOK_S)
            if self._readings is not None and self.clock.monotonic_s() - self._asked_s < _ASKED_S:
                try:
                    await self.look()
                except RetryError as error:
                    self.log.warning("look_delayed", error=error.text)

    async def look(self) -> Readings:
        """Look now; of several at a time, one."""
        async with self._turn:
            now_s = self.clock.monotonic_s()
            fresh = readings(*await self.texts())
            await self._wishes.look()
            async for received in self._news.news(self._takers):
                self._takers[received.topic](received)
            if self._readings is None or now_s - self._at_s >= LOOK_S:
                self._before, self._span_s = self._readings, now_s - self._at_s
                self._readings, self._at_s = fresh, now_s
            return self._readings

    def _take_standing(self, connection: str, received: Received) -> None:
        take_in(received, self._standings[connection], self.log)

    def _take_letter(self, connection: str, received: Received) -> None:
        letter = legible(received, partial(read, catalogue=self.catalogue), self.log)
        if letter is None:
            return
        letters = self.letters[connection]
        letters.pop(letter.id, None)
        letters[letter.id] = Found(replace(letter, value=None, headers=()), received.position)
        if len(letters) > self.most:
            del letters[next(iter(letters))]

    def _take_deed(self, received: Received) -> None:
        deed = legible(received, deed_of, self.log)
        if deed is not None:
            self._note(deed)

    def _take_put_back(self, received: Received) -> None:
        asked = legible(received, request_of, self.log)
        if asked is not None:
            self._note(Deed(asked.asked_at, asked.by, PUT_BACK, asked.letter, asked.plan))

    def _note(self, deed: Deed) -> None:
        insort(self.deeds, deed)
        del self.deeds[:-MOST_DEEDS]
