"""Outputs: the records that one canonical event becomes, `event.<category>` first.

What follows from the routes alone is worked out once and remembered as a `Plan`; per event there
is little more left than to write down where it lay and what was sent before it. Must not know how
an event was judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tracehub.avro.codec import Codec, Offsets
from tracehub.bus import topics
from tracehub.disclose.cut import cut
from tracehub.model.connection import Connection
from tracehub.model.event import SECTIONS
from tracehub.model.facts import HEADER_NAME, Stamp, body_check, effect_key, link
from tracehub.model.record import Received, Record
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Source
from tracehub.route.rule import Route

UNKNOWN: Final[Offsets] = (0, 0, 0, 0)
"""The offsets of an event whose body nobody has looked at."""
_ALL: Final = SECTIONS[-1]
_MEMORY: Final = 10_000


class Canonical(NamedTuple):
    """An event ready to be sent, from either lane."""

    item: int
    event_id: str
    declared_at: int
    key: bytes
    value: bytes
    offsets: Offsets
    verdict: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Where all events of one verdict go.

    Attributes:
        category: theirs.
        topic: of every canonical event of that category.
        receivers: topics of the routes in their order, each with the last section it may see.
        routes: the same, as they are counted.
        cuts: True when one of them may not see all.
    """

    category: str
    topic: str
    receivers: tuple[tuple[str, str], ...]
    routes: tuple[Route, ...]
    cuts: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What is the same for every record of one raw partition.

    Attributes:
        source: who publishes there, and which category.
        stamp: packs the facts of its outputs.
        plans: by what the codec says that a verdict may be remembered by.
    """

    source: Source
    stamp: Stamp
    plans: dict[object, Plan] = field(default_factory=dict)


class _View(NamedTuple):
    """What a receiver gets of one event, and its facts before and after the link."""

    value: bytes
    front: bytes
    back: bytes


@dataclass(frozen=True, slots=True)
class Outputs:
    """Makes the outputs of one hub's events."""

    codec: Codec
    connections: Mapping[str, Connection]
    _plans: dict[tuple[str, tuple[Route, ...]], Plan] = field(default_factory=dict)

    def plan(self, category: str, routes: tuple[Route, ...]) -> Plan:
        """The plan for these routes; the same one each time."""
        plan = self._plans.get((category, routes))
        if plan is None:
            if len(self._plans) >= _MEMORY:
                self._plans.clear()
            receivers = tuple(
                (topics.deliver(each.connection), self.connections[each.connection].disclosure)
                for each in routes
            )
            cuts = any(last != _ALL for _, last in receivers)
            plan = Plan(category, topics.event(category), receivers, routes, cuts)
            self._plans[category, routes] = plan
        return plan

    def records(
        self, received: Received, event: Canonical, plan: Plan, desk: Desk, links: Links
    ) -> list[Record]:
        """One record per output, each cut for its receiver.

        Raises:
            RejectError: it must be cut and its body can't be read; nothing is noted in the links.
        """
        views = self._views(received, event, plan, desk)
        value, front, back = views[_ALL]
        key, partition, follow = event.key, received.partition, links.follow
        place = received.offset, event.item
        facts = front + link(*follow(plan.topic, place)) + back
        records = [Record(plan.topic, key, value, ((HEADER_NAME, facts),), partition)]
        for topic, last in plan.receivers:
            value, front, back = views[last]
            facts = front + link(*follow(topic, place)) + back
            records.append(Record(topic, key, value, ((HEADER_NAME, facts),), partition))
        return records

    def _views(
        self, received: Received, event: Canonical, plan: Plan, desk: Desk
    ) -> Mapping[str, _View]:
        """What is sent of an event, by the last section that a receiver may see."""
        stamp = desk.stamp
        effect = effect_key(desk.source.connection.id, event.event_id, event.declared_at)
        verdict, at, place = event.verdict, received.appended_at, (received.offset, event.item)

        def view(value: bytes, offsets: Offsets) -> _View:
            front = stamp.front(verdict, effect, body_check(value), at, place)
            return _View(value, front, stamp.back(offsets))

        if not plan.cuts:
            return {_ALL: view(event.value, event.offsets)}
        offsets = event.offsets
        if offsets == UNKNOWN:
            offsets = self.codec.offsets(event.value)
        views = {_ALL: view(event.value, event.offsets)}
        for _, last in plan.receivers:
            if last not in views:
                shown = cut(event.value, offsets, last)
                views[last] = view(shown.value, shown.offsets)
        return views
