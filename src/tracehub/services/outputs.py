"""Outputs: the records that one canonical event becomes, `event.<category>` first.

What follows from the routes alone is worked out once and remembered as a `Plan`; what is the same
for all events of a raw partition lies ready at its `Desk`. Per event little is left but to write
down where it lay and what was sent before it. Must not know how an event was judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Protocol
from zlib import crc32

from tracehub.avro.codec import Offsets
from tracehub.avro.fast import Looking
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
from tracehub.services.ruling import Judge

UNKNOWN: Final[Offsets] = (0, 0, 0, 0)
"""The offsets of an event whose body nobody has looked at."""
_ALL: Final = SECTIONS[-1]
_OFTEN: Final = 50
"""The compiled part is asked no more in a batch of which it has left so many records."""
_MEMORY: Final = 10_000
_REMEMBERED: Final = 1000
"""Verdicts that are remembered of one raw partition."""


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
class _Line:
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
        self._lines: dict[str, _Line] = {}
        self.by_plan: dict[Plan, tuple[_Line, ...]] = {}

    def refuse(self, received: Received, error: RejectError) -> None:
        """Note why an input, or an event in it, becomes a dead letter.

        What was raised holds the frames that it came through, and by them the whole batch and this
        sheet: a cycle, which only the collector would find, after a look at all that is in hand.
        """
        error.__traceback__ = error.__context__ = error.__cause__ = None
        self.refused.append((received, error))

    def lines(self, plan: Plan) -> tuple[_Line, ...]:
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

    def _line(self, topic: str) -> _Line:
        line = self._lines.get(topic)
        if line is None:
            line = self._lines[topic] = _Line(pack_link(*self._links.before(topic)), [])
        return line


@dataclass(frozen=True, slots=True)
class Desk:
    """What is the same for every record of one raw partition.

    Attributes:
        versions: of the rules, and of what holds there of lists and credit.
        judge: judges it, by what holds there.
        plans: by what a verdict may be remembered by.
        forwarding: the compiled part that writes what is decided, when there is one.
        looking: looks at canonical events of publishers who are not trusted.
    """

    topic: str
    partition: int
    publisher: str
    versions: tuple[bytes, bytes]
    judge: Judge
    forwarding: Forwarding | None = None
    looking: Looking | None = None
    plans: dict[object, Plan] = field(init=False, default_factory=dict)

    def likeness(self, look: Look) -> object:
        """What the verdict on an event that was looked at is remembered by."""
        by_parties = self.judge.table.asks_parties
        return (look.likeness, look.parties) if by_parties else look.likeness

    def remember(self, by: object, plan: Plan) -> None:
        """Send all that is alike to the same places."""
        if len(self.plans) >= _REMEMBERED:
            self.plans.clear()
        self.plans[by] = plan

    def undecided(
        self, batch: Sequence[Received], sheet: Sheet, plans: list[Plan]
    ) -> Iterator[Received]:
        """Have all written down whose plan is known; what is left, in its order.

        Each is to be written down before the next is asked for. `plans` takes those of the others.
        """
        at, left = 0, 0
        rows = batch if isinstance(batch, list) else [*batch]
        while self.forwarding is not None and left < _OFTEN:
            lines = sheet.by_plan, sheet.lines
            at = self.forwarding.forward(rows, at, self.plans, *lines, plans)
            if at == len(rows):
                return
            yield rows[at]
            at, left = at + 1, left + 1
        yield from rows[at:]

    def writer(self, sheet: Sheet) -> Write:
        """A function that writes the outputs of one event after the other."""
        partition, effect = self.partition, effect_keys(self.publisher)
        unknown = pack_back(self.versions, UNKNOWN, self.topic)
        lines, by_plan = sheet.lines, sheet.by_plan
        begin, link = pack_front, pack_link

        def view(value: bytes, offsets: Offsets, known: _Known) -> _View:
            number, digest, at, offset, item = known
            check = crc32(value)
            front = pack_front(VERSION, number, digest, check, at, offset, partition, item)
            back = unknown if offsets is UNKNOWN else pack_back(self.versions, offsets, self.topic)
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
            back = unknown if offsets is UNKNOWN else pack_back(self.versions, offsets, self.topic)
            for line in by_plan.get(plan) or lines(plan):
                line.rows.append((key, value, ((HEADER_NAME, front + line.before + back),)))
                line.before = place

        return write


class Forwarding(Protocol):
    """Writes the outputs of checked events of one raw partition, as a `Desk`'s writer does."""

    def forward(  # noqa: PLR0913, PLR0917 - called once for many records
        self,
        batch: list[Received],
        at: int,
        known: dict[object, Plan],
        by_plan: Mapping[Plan, tuple[_Line, ...]],
        opened: Callable[[Plan], tuple[_Line, ...]],
        used: list[Plan],
    ) -> int:
        """Write those from index `at` on up to the first that is left; returns its index."""


def forwarding(
    make: Callable[..., Any] | None,
    place: tuple[str, int],
    publisher: str,
    versions: tuple[bytes, bytes],
    *,
    by_parties: bool,
) -> Forwarding | None:
    """The compiled part for decided events of a raw partition; None when there is none."""
    if make is None:
        return None
    topic, partition = place
    start, back = bytes((VERSION, NUMBERS[ACCEPT])), pack_back(versions, UNKNOWN, topic)
    who = f"{publisher}\0".encode()
    made: Forwarding = make(
        start, partition, back, HEADER_NAME, who, sha256, crc32, by_parties=by_parties
    )
    return made


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
