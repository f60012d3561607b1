"""Desk: what is the same for every record of one raw partition, and what is remembered there.

What is decided already is written down by parts of the codec, when it has any. Must not know how an
event is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, Final, Protocol

from tracehub.avro.codec import MAGIC
from tracehub.avro.fast import Looking
from tracehub.avro.look import Look
from tracehub.avro.routing import Routing
from tracehub.model.facts import HEADER_NAME, NUMBERS, VERSION, pack_back
from tracehub.model.record import Received
from tracehub.normalise.verdict import ACCEPT
from tracehub.remember import keep
from tracehub.services.outputs import UNKNOWN, Line, Plan, Sheet, Write, writer
from tracehub.services.ruling import Judge

CANONICAL: Final = bytes((MAGIC,))
"""How a record begins that is no document."""
_STARTS: Final = {verdict: bytes((VERSION, number)) for verdict, number in NUMBERS.items()}
"""How the facts of an event begin, by its verdict."""
_OFTEN: Final = 50
"""The codec's part is asked no more in a batch of which it has left so many records."""
_REMEMBERED: Final = 1000
"""Verdicts that are remembered of one raw partition."""
_LONGEST: Final = 4096
"""Bytes by which a verdict is remembered."""

Make = Callable[..., Any] | None
"""Makes a part of the codec, where it has one."""
Settle = Callable[[Received, Sequence[Any], int], int]
"""Writes down events of a record, from an index on up to the first that it leaves; its index."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What is the same for every record of one raw partition.

    Attributes:
        versions: of the rules, and of what holds there of lists and credit.
        judge: judges it, by what holds there.
        forwarding: the codec's part that writes what is decided, when there is one.
        judged: that which writes what was judged in full, when there is one.
        looking: looks at canonical events of publishers who are not trusted.
        plans: by what a verdict is remembered by.
        routed: by what a route is remembered by, of events that were judged in full.
    """

    topic: str
    partition: int
    publisher: str
    versions: tuple[bytes, bytes]
    judge: Judge
    forwarding: Forwarding | None = None
    judged: Forwarding | None = None
    looking: Looking | None = None
    plans: dict[object, Plan] = field(init=False, default_factory=dict)
    routed: dict[object, Plan] = field(init=False, default_factory=dict)

    def likeness(self, look: Look) -> object:
        """What the verdict on an event that was looked at is remembered by."""
        by_parties = self.judge.table.asks_parties
        return (look.likeness, look.parties) if by_parties else look.likeness

    def remember(self, by: object, plan: Plan) -> None:
        """Send all that is alike to the same places."""
        _remember(self.plans, by, plan)

    def remember_route(self, routing: Routing, plan: Plan) -> None:
        """Send what was judged in full and has these claims to the same places."""
        claims, parties = routing.claims, routing.parties
        by_parties = self.judge.table.asks_parties
        _remember(self.routed, (claims, parties) if by_parties else claims, plan)

    def undecided(
        self, batch: Sequence[Received], sheet: Sheet, plans: list[Plan]
    ) -> Iterator[Received]:
        """Have all written down whose plan is known; what is left, in its order.

        Each is to be written down before the next is asked for. `plans` takes those of the others.
        Where the first is a document, so are the others as a rule.
        """
        at, left = 0, 0
        rows = batch if isinstance(batch, list) else [*batch]
        part = self.forwarding if batch[0].value[:1] == CANONICAL else None
        while part is not None and left < _OFTEN:
            lines = sheet.by_plan, sheet.lines
            at = part.forward(rows, at, self.plans, *lines, plans)
            if at == len(rows):
                return
            yield rows[at]
            at, left = at + 1, left + 1
        yield from rows[at:]

    def settler(self, sheet: Sheet, plans: list[Plan], verdicts: list[str]) -> Settle:
        """A function that has all written down, of what a record holds, whose route is known.

        `plans` and `verdicts` take those of each event.
        """
        if self.judged is None:
            return _settle_nothing
        lines = sheet.by_plan, sheet.lines
        return partial(self.judged.judged, _STARTS, self.routed, *lines, plans, verdicts)

    def writer(self, sheet: Sheet) -> Write:
        """A function that writes the outputs of one event after the other."""
        return writer((self.topic, self.partition), self.publisher, self.versions, sheet)


class Forwarding(Protocol):
    """Writes the outputs of checked events of one raw partition, as a `Desk`'s writer does."""

    def forward(  # noqa: PLR0913, PLR0917 - called once for many records
        self,
        batch: list[Received],
        at: int,
        known: dict[object, Plan],
        by_plan: Mapping[Plan, tuple[Line, ...]],
        opened: Callable[[Plan], tuple[Line, ...]],
        used: list[Plan],
    ) -> int:
        """Write those from index `at` on up to the first that is left; returns its index."""

    def judged(  # noqa: PLR0913, PLR0917 - called for every record
        self,
        starts: Mapping[str, bytes],
        routed: dict[object, Plan],
        by_plan: Mapping[Plan, tuple[Line, ...]],
        opened: Callable[[Plan], tuple[Line, ...]],
        used: list[Plan],
        verdicts: list[str],
        received: Received,
        found: Sequence[Any],
        at: int,
    ) -> int:
        """Write what one record was found to hold, from index `at` on, as `forward()` does."""


def forwarding(
    make: Make,
    place: tuple[str, int],
    publisher: str,
    versions: tuple[bytes, bytes],
    *,
    by_parties: bool,
) -> Forwarding | None:
    """The codec's part for events of a raw partition; None when there is none."""
    if make is None:
        return None
    topic, partition = place
    start, back = bytes((VERSION, NUMBERS[ACCEPT])), pack_back(versions, UNKNOWN, topic)
    who = f"{publisher}\0".encode()
    made: Forwarding = make(start, partition, back, HEADER_NAME, who, sha256, by_parties=by_parties)
    return made


def _settle_nothing(_received: Received, _found: Sequence[Any], at: int) -> int:
    """There is no such part: everything is left."""
    return at


def _remember(plans: dict[object, Plan], by: object, plan: Plan) -> None:
    keep(plans, by, plan, _REMEMBERED, _LONGEST)
