"""Desk: what the pages ask of the hub, cut to what somebody may see.

Must not know HTTP. Somebody who is bound to one connection learns nothing of another: not its
figures, not its receipts, not that an event went there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tracehub.bus.port import Bus
from tracehub.console import tiles
from tracehub.console.flow import Flow, flow
from tracehub.console.lookout import Lookout
from tracehub.console.register import Register
from tracehub.console.session import Session
from tracehub.console.tiles import Shown
from tracehub.errors import ConfigError, RejectError
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Source
from tracehub.route.explain import Explanation
from tracehub.services.audit import PUT_BACK, Deed
from tracehub.services.dead_letter import DeadLetter, read
from tracehub.services.replay import Filter, Found, ask, letters, original, plan_of
from tracehub.services.story import GONE, Judged, Stories, Story, Today
from tracehub.services.wishes import publish_wish

MOST_LETTERS = 200
"""No list is longer; a filter finds the others."""


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
    lookout: Lookout
    connections: Mapping[str, Connection]
    today: Today
    register: Register

    @property
    def bus(self) -> Bus:
        """The log."""
        return self.lookout.bus

    def seen(self, session: Session) -> list[Connection]:
        """The connections that somebody may see."""
        return [each for each in self.connections.values() if session.sees(each.id)]

    async def flow(self, session: Session) -> Flow:
        """What moves now."""
        return flow(self.seen(session), await self.lookout.seen())

    async def provinces(self) -> Sequence[Shown]:
        """What was taken and refused of the publishers of each province."""
        now = await self.lookout.fresh()
        taken: dict[str, int] = defaultdict(int)
        refused: dict[str, int] = defaultdict(int)
        for each in self.connections.values():
            if each.publishes and each.region:
                for category in each.categories:
                    taken[each.region[:2]] += now.taken.get((each.id, category), 0)
                    refused[each.region[:2]] += now.refused.get((each.id, category), 0)
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
        """The newest dead letters of each connection, the newest first; without their bytes."""
        await self.lookout.fresh()
        found = [
            letter
            for each in self.seen(session)
            for letter in self.lookout.letters.get(each.id, {}).values()
            if wanted.accepts(letter.letter)
        ]
        return sorted(found, key=lambda each: each.letter.last_at, reverse=True)

    async def letter(self, session: Session, letter_id: str) -> Opened | None:
        """One dead letter, opened; None when there is none that somebody may see.

        Raises:
            ConfigError: retention has removed it, or its record.
        """
        wanted = Filter(id=letter_id)
        found = await self.letters(session, wanted) or await self._older(session, wanted)
        if not found:
            return None
        at = found[0].at
        kept = await self.bus.read(*at, 1)
        if not kept or kept[0].offset != at.offset:
            raise ConfigError(f"{at}: the dead letter is gone from the log (retention)")
        letter = read(kept[0].value, self.lookout.catalogue)
        value = await original(self.bus, letter)
        return Opened(Found(letter, at), value, self.would_be(session, letter, value))

    async def chosen(self, session: Session, ids: Collection[str]) -> Sequence[Found]:
        """Dead letters by their ids; those that nobody may see are left out."""
        found = [each for each in await self.letters(session, Filter()) if each.letter.id in ids]
        missing = set(ids) - {each.letter.id for each in found}
        older = await self._older(session, Filter()) if missing else ()
        return [*found, *(each for each in older if each.letter.id in missing)]

    async def _older(self, session: Session, wanted: Filter) -> Sequence[Found]:
        """The same among all that the log holds; for letters that are not among the newest."""
        seen = [each.id for each in self.seen(session)]
        return await letters(self.bus, self.lookout.catalogue, seen, wanted, self.lookout.log)

    def would_be(self, session: Session, letter: DeadLetter, value: bytes) -> Judged | None:
        """What today's rules say of bytes in the place of a refused input; None for a delivery."""
        if letter.stage != "exchange":
            return None
        judged = self.today.judge(value, letter.position.topic, letter.item)
        return _own_routes(judged, session)

    def plan(self, found: Sequence[Found]) -> str:
        """The name of a choice; asked for again, it must still be the same."""
        return plan_of(found)

    async def put_back(self, session: Session, found: Sequence[Found]) -> None:
        """Ask for dead letters to be put back, on record under somebody's name."""
        await ask(self.bus, found, session.name, self.lookout.clock.now_ms())
        await self.lookout.look()

    async def wish(self, session: Session, connection: str, what: str) -> None:
        """Ask something of a connection, on record under somebody's name.

        Raises:
            KeyError: the session sees no such connection.
        """
        if not session.sees(self.connections[connection].id):
            raise KeyError(connection)
        await publish_wish(self.bus, connection, what, session.name, self.lookout.clock)
        await self.lookout.look()

    async def deeds(self) -> Sequence[Deed]:
        """What was done by whom, the newest first."""
        await self.lookout.fresh()
        return self.lookout.deeds[::-1]

    async def requests(self) -> Sequence[Deed]:
        """Who asked for which dead letter to be put back, the newest last."""
        await self.lookout.fresh()
        return [each for each in self.lookout.deeds if each.what == PUT_BACK]

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
