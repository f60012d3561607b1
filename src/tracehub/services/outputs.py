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
from tracehub.avro.look import Look
from tracehub.bus import topics
from tracehub.disclose.cut import cut
from tracehub.errors import RejectError
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
    unpack_link,
)
from tracehub.model.record import Received, Record, Row
from tracehub.model.sequence import Links
from tracehub.normalise.verdict import ACCEPT
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
        cuts: of each output how many sections are seen there; none when all are everywhere.
    """

    outputs: tuple[tuple[str, str], ...]
    routes: tuple[Route, ...]
    cuts: tuple[int, ...]


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
            shown = tuple(SECTIONS.index(last) + 1 for _, last in outputs)
            cuts = shown if min(shown) < len(SECTIONS) else ()
            plan = self._known[category, routes] = Plan(outputs, routes, cuts)
        return plan


Claims = tuple[int, str, int, bytes, bytes, Offsets, str]
"""What its outputs need to know of an event: item, id, declaration time, key, value, offsets of its
sections, verdict. A plain tuple: one is made per event and unpacked at once."""
Write = Callable[[Received, Claims, Plan], None]
_Known = tuple[int, bytes, int, int, int]
"""Of an event: its verdict's number, effect key, time of arrival, raw offset and item."""
_View = tuple[bytes, bytes, bytes]
"""A value, and the facts before and after the link."""


@dataclass(slots=True)
class Line:
    """What goes to one topic.

    Attributes:
        before: the last place that went there, as the next link has it.
        rows: what goes there now.
    """

    before: bytes
    rows: list[Row]


def claims_of(look: Look, value: bytes) -> Claims:
    """The claims of an event that was looked at."""
    return (0, look.event_id, 0, look.key, value, look.offsets, ACCEPT)


class Sheet:
    """What a batch of one raw partition becomes, written line by line. Follows the links.

    Attributes:
        refused: inputs, and why they, or events in them, become dead letters.
        told: what all who judge must know from now on.
        by_plan: `lines()` of every plan that has been asked for.
    """

    def __init__(self, links: Links) -> None:
        self.refused: list[tuple[Received, RejectError]] = []
        self.told: list[Record] = []
        self._links = links
        self._lines: dict[str, Line] = {}
        self.by_plan: dict[Plan, tuple[Line, ...]] = {}

    def refuse(self, received: Received, error: RejectError) -> None:
        """Note why an input, or an event in it, becomes a dead letter.

        What was raised holds the frames that it came through, and by them the whole batch and this
        sheet: a cycle, which only the collector would find, after a look at all that is in hand.
        """
        error.__traceback__ = error.__context__ = error.__cause__ = None
        self.refused.append((received, error))

    def lines(self, plan: Plan) -> tuple[Line, ...]:
        """Where the outputs of a plan go, in its order."""
        found = self.by_plan.get(plan)
        if found is None:
            found = self.by_plan[plan] = tuple(self._line(topic) for topic, _ in plan.outputs)
        return found

    def rows(self) -> Mapping[str, list[Row]]:
        """All that was written, by topic; the links are noted."""
        for topic, line in self._lines.items():
            if line.rows:
                self._links.last[topic] = unpack_link(line.before)
        return {topic: line.rows for topic, line in self._lines.items() if line.rows}

    def _line(self, topic: str) -> Line:
        line = self._lines.get(topic)
        if line is None:
            line = self._lines[topic] = Line(pack_link(*self._links.before(topic)), [])
        return line


def writer(
    place: tuple[str, int], publisher: str, versions: tuple[bytes, bytes], sheet: Sheet
) -> Write:
    """A function that writes the outputs of one event of a raw partition after the other."""
    (topic, partition), effect = place, effect_keys(publisher)
    unknown = pack_back(versions, UNKNOWN, topic)
    lines, by_plan = sheet.lines, sheet.by_plan
    begin, link = pack_front, pack_link

    def view(value: bytes, offsets: Offsets, known: _Known) -> _View:
        number, digest, at, offset, item = known
        check = crc32(value)
        front = pack_front(VERSION, number, digest, check, at, offset, partition, item)
        back = unknown if offsets is UNKNOWN else pack_back(versions, offsets, topic)
        return value, front, back

    def write(received: Received, claims: Claims, plan: Plan) -> None:
        item, event_id, declared_at, key, value, offsets, verdict = claims
        _, _, _, _, _, offset, at, _ = received
        number, digest = NUMBERS[verdict], effect(event_id, declared_at)
        place = link(offset, item)
        if plan.cuts:
            known = number, digest, at, offset, item
            views = _cuts(value, offsets, plan, known, view)
            for line, (_, last) in zip(lines(plan), plan.outputs, strict=True):
                whole, front, back = views[last]
                line.rows.append((key, whole, ((HEADER_NAME, front + line.before + back),)))
                line.before = place
            return
        # As `view()` has it, in one step less for each event.
        front = begin(VERSION, number, digest, crc32(value), at, offset, partition, item)
        back = unknown if offsets is UNKNOWN else pack_back(versions, offsets, topic)
        for line in by_plan.get(plan) or lines(plan):
            line.rows.append((key, value, ((HEADER_NAME, front + line.before + back),)))
            line.before = place

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
