"""Desk: what the pages ask of the hub, cut to what somebody may see.

Must not know HTTP. Somebody who is bound to one connection learns nothing of another: not its
figures, not its receipts, not that an event went there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tracehub.avro.catalogue import Catalogue
from tracehub.bus.port import Bus
from tracehub.clock import Clock
from tracehub.console import tiles
from tracehub.console.flow import Flow, flow
from tracehub.console.readings import Readings, readings
from tracehub.console.session import Session
from tracehub.console.tiles import Shown
from tracehub.errors import Reason, RejectError
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Source
from tracehub.route.explain import Explanation
from tracehub.services.dead_letter import DeadLetter
from tracehub.services.replay import (
    Filter,
    Found,
    Request,
    ask,
    letters,
    original,
    plan_of,
    requests,
)
from tracehub.services.story import GONE, Judged, Stories, Story, Today

_LOOK_S = 1.0
"""Figures are this old at most; a hundred viewers cost as much as one."""
MOST_LETTERS = 200

Texts = Callable[[], Awaitable[Sequence[str]]]
"""The expositions of the services' metrics."""


class Told(NamedTuple):
    """A story and what today's rules say of its event."""

    story: Story
    today: Judged


class Opened(NamedTuple):
    """A dead letter with its bytes, and what today's rules say of them."""

    found: Found
    value: bytes
    today: Judged | None


@dataclass(slots=True)
class Desk:
    """Answers the pages."""

    stories: Stories | None
    bus: Bus
    catalogue: Catalogue
    connections: Mapping[str, Connection]
    today: Today
    texts: Texts
    clock: Clock
    _now: Readings | None = field(default=None, init=False)
    _before: Readings | None = field(default=None, init=False)
    _at_s: float = field(default=0.0, init=False)
    _span_s: float = field(default=0.0, init=False)

    def seen(self, session: Session) -> list[Connection]:
        """The connections that somebody may see."""
        return [each for each in self.connections.values() if session.sees(each.id)]

    async def flow(self, session: Session) -> Flow:
        """What moves now."""
        now = await self._look()
        return flow(self.seen(session), now, self._before, self._span_s)

    async def provinces(self) -> Sequence[Shown]:
        """What was taken and refused of the publishers of each province."""
        now = await self._look()
        taken: dict[str, int] = defaultdict(int)
        refused: dict[str, int] = defaultdict(int)
        for each in self.connections.values():
            if each.publishes and each.region:
                by = now.by("tracehub_events_total", "verdict", connection=each.id)
                bad = int(by.get("quarantine", 0))
                taken[each.region[:2]] += int(sum(by.values())) - bad
                refused[each.region[:2]] += bad
        return tiles.shown(taken, refused)

    async def told(self, session: Session, text: str) -> Sequence[Told]:
        """The stories that a text finds, as far as somebody may see them."""
        if self.stories is None or not text.strip():
            return ()
        found = [_cut(each, session) for each in await self.stories.find(text)]
        seen = [each for each in found if each is not None]
        return [Told(each, await self._today(each, session)) for each in seen]

    async def _today(self, story: Story, session: Session) -> Judged:
        if not session.sees(story.publisher):
            return GONE
        return _own_routes(await self.today.judged(story.place), session)

    async def letters(self, session: Session, wanted: Filter) -> Sequence[Found]:
        """Dead letters, the newest first."""
        seen = [each.id for each in self.seen(session)]
        found = await letters(self.bus, self.catalogue, seen, wanted)
        return sorted(found, key=lambda each: each.letter.last_at, reverse=True)

    async def letter(self, session: Session, letter_id: str) -> Opened | None:
        """One dead letter, opened; None when there is none that somebody may see."""
        found = await self.letters(session, Filter(id=letter_id))
        if not found:
            return None
        letter = found[0].letter
        value = await original(self.bus, letter)
        today = None
        if letter.stage == "exchange":
            item = letter.item
            judged = self.today.judge(value, letter.position.topic, item)
            today = _own_routes(judged, session)
        return Opened(found[0], value, today)

    def plan(self, found: Sequence[Found]) -> str:
        """The name of a choice; asked for again, it must still be the same."""
        return plan_of(found)

    async def put_back(self, session: Session, found: Sequence[Found]) -> None:
        """Ask for dead letters to be put back, on record under somebody's name."""
        await ask(self.bus, found, session.name, self.clock.now_ms())

    async def asked(self) -> Sequence[Request]:
        """What was asked for by whom, the newest first."""
        found = [each async for each in requests(self.bus)]
        return sorted(found, key=lambda each: each.asked_at, reverse=True)

    def what_if(
        self, session: Session, value: bytes, category: str, publisher: str
    ) -> list[Judged]:
        """What would become of a document; nothing is published.

        Raises:
            KeyError: the session sees no such publisher.
        """
        known = self.connections[publisher]
        if not session.sees(publisher):
            raise KeyError(publisher)
        try:
            items = self.today.normaliser.normalise(value, Source(category, known))
        except RejectError as error:
            return [Judged("quarantine", error.reasons, None)]
        return [_own_routes(self.today.seen(each, publisher), session) for each in items]

    async def _look(self) -> Readings:
        now_s = self.clock.monotonic_s()
        if self._now is None or now_s - self._at_s >= _LOOK_S:
            fresh = readings(*await self.texts())
            self._before, self._span_s = self._now, now_s - self._at_s
            self._now, self._at_s = fresh, now_s
        return self._now


def _cut(story: Story, session: Session) -> Story | None:
    """What somebody may see of a story; None when it does not concern them."""
    receipts = [each for each in story.receipts if session.sees(each.connection)]
    own = [each for each in story.letters if session.sees(each.connection)]
    if not session.sees(story.publisher):
        if not receipts and not own:
            return None
        return replace(story, events=(), receipts=receipts, letters=own)
    return replace(story, receipts=receipts, letters=own)


def _own_routes(judged: Judged, session: Session) -> Judged:
    """A verdict without the names of connections that somebody may not see."""
    found = judged.explanation
    if found is None or not session.grant.connection:
        return judged
    routes = tuple(each for each in found.routes if session.sees(each.connection))
    rules = {each.rule for each in routes}
    steps = tuple(
        replace(each, chose=(session.grant.connection,), why_not=())
        for each in found.steps
        if each.rule in rules
    )
    cut: Explanation = replace(found, routes=routes, steps=steps)
    return judged._replace(explanation=cut)


def reasons_at(letter: DeadLetter, today: Judged | None) -> Sequence[Reason]:
    """The reasons to show beside the bytes: today's, else those of then."""
    return today.reasons if today is not None and today.verdict else letter.reasons
