"""Outputs: the records that one canonical event becomes, `event.<category>` first.

What follows from the routes alone is worked out once and remembered as a `Plan`; what is the same
for all events of a raw partition lies ready at its `Desk`. Per event little is left but to write
down where it lay and what was sent before it. Must not know how an event was judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

from tracehub.avro.codec import Offsets
from tracehub.bus import topics
from tracehub.disclose.cut import cut
from tracehub.model.connection import Connection
from tracehub.model.event import SECTIONS
from tracehub.model.facts import (
    HEADER_NAME,
    NUMBERS,
    VERSION,
    effect_keys,
    pack_back,
    pack_front,
    pack_link,
)
from tracehub.model.record import Received, Record
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Normaliser
from tracehub.route.rule import Route

UNKNOWN: Final[Offsets] = (0, 0, 0, 0)
"""The offsets of an event whose body nobody has looked at."""
_ALL: Final = SECTIONS[-1]
_MEMORY: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Where all events of one verdict go.

    Attributes:
        outputs: topics in their order, each with the last section that may be seen there.
        routes: of all but the first output, as they are counted.
        cuts: True when something is withheld in one of them.
    """

    outputs: tuple[tuple[str, str], ...]
    routes: tuple[Route, ...]
    cuts: bool


@dataclass(frozen=True, slots=True)
class Plans:
    """Makes plans, the same one for the same routes."""

    connections: Mapping[str, Connection]
    _known: dict[tuple[str, tuple[Route, ...]], Plan] = field(init=False, default_factory=dict)

    def of(self, category: str, routes: tuple[Route, ...]) -> Plan:
        """The plan for events of a category with these routes."""
        plan = self._known.get((category, routes))
        if plan is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            receivers = tuple(
                (topics.deliver(each.connection), self.connections[each.connection].disclosure)
                for each in routes
            )
            outputs = ((topics.event(category), _ALL), *receivers)
            cuts = any(last != _ALL for _, last in receivers)
            plan = self._known[category, routes] = Plan(outputs, routes, cuts)
        return plan


Claims = tuple[int, str, int, bytes, bytes, Offsets, str]
"""What its outputs need to know of an event: item, id, declaration time, key, value, offsets of its
sections, verdict. A plain tuple: one is made per event and unpacked at once."""
Write = Callable[[Received, Claims, Plan], tuple[Record, ...]]
_Known = tuple[int, bytes, int, int, int]
"""Of an event: its verdict's number, effect key, time of arrival, raw offset and item."""
_View = tuple[bytes, bytes, bytes]
"""A value, and the facts before and after the link."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What is the same for every record of one raw partition.

    Attributes:
        versions: of the rules and of the catalogue.
        normaliser: judges it, by the edition of the catalogue that holds there.
        plans: by what a verdict may be remembered by.
    """

    topic: str
    partition: int
    publisher: str
    versions: tuple[bytes, bytes]
    normaliser: Normaliser
    plans: dict[object, Plan] = field(init=False, default_factory=dict)

    def writer(self, links: Links) -> Write:
        """A function that makes the outputs of one event after the other and follows the links."""
        partition, effect = self.partition, effect_keys(self.publisher)
        befores, nothing, make = links.last, links.first, tuple.__new__
        unknown = pack_back(self.versions, UNKNOWN, self.topic)

        def view(value: bytes, offsets: Offsets, known: _Known) -> _View:
            number, digest, at, offset, item = known
            check = crc32(value)
            front = pack_front(VERSION, number, digest, check, at, offset, partition, item)
            back = unknown if offsets is UNKNOWN else pack_back(self.versions, offsets, self.topic)
            return value, front, back

        def write(received: Received, claims: Claims, plan: Plan) -> tuple[Record, ...]:
            item, event_id, declared_at, key, value, offsets, verdict = claims
            _, _, _, _, _, offset, at, _ = received
            known = NUMBERS[verdict], effect(event_id, declared_at), at, offset, item
            whole, front, back = view(value, offsets, known)
            views = _cuts(value, offsets, plan, known, view) if plan.cuts else None
            place = offset, item
            records = []
            for topic, last in plan.outputs:
                if views is not None:
                    whole, front, back = views[last]
                facts = front + pack_link(*befores.get(topic, nothing)) + back
                befores[topic] = place
                headers = ((HEADER_NAME, facts),)
                records.append(make(Record, (topic, key, whole, headers, partition)))
            return tuple(records)

        return write


def _cuts(
    value: bytes,
    offsets: Offsets,
    plan: Plan,
    known: _Known,
    view: Callable[[bytes, Offsets, _Known], _View],
) -> dict[str, _View]:
    """What is sent of an event, by the last section that may be seen."""
    views = {}
    for _, last in plan.outputs:
        if last not in views:
            shown = cut(value, offsets, last)
            views[last] = view(shown.value, shown.offsets, known)
    return views
