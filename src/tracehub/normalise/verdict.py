"""Verdict: accept, accept-normalised or quarantine, and the reasons for it.

Must not know which rules there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from tracehub.avro.codec import Offsets
from tracehub.errors import Reason, RejectError
from tracehub.model.event import Event, Header
from tracehub.normalise.body_fields import Layout
from tracehub.normalise.build import build
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.rules import CHANGE, FAULT, Rule

ACCEPT: Final = "accept"
NORMALISED: Final = "accept-normalised"
QUARANTINE: Final = "quarantine"
MAX_REASONS: Final = 100
"""More reasons than these are counted, not listed: no document may fill a dead letter."""


class Accepted(NamedTuple):
    """One event that goes on.

    Attributes:
        item: index of the event in its document.
        header: of the canonical event.
        value: its bytes; the publisher's own when it was canonical already.
        offsets: where the sections begin in `value`.
        verdict: `ACCEPT` or `NORMALISED`.
        reasons: what was changed or is worth knowing.
        source: the canonical event, or the plain one and its category's layout.
    """

    item: int
    header: Header
    value: bytes
    offsets: Offsets
    verdict: str
    reasons: tuple[Reason, ...]
    source: Event | tuple[PlainEvent, Layout]

    @property
    def event(self) -> Event:
        """The canonical event."""
        if isinstance(self.source, Event):
            return self.source
        plain, layout = self.source
        return build(plain, self.header, layout)


class Quarantined(NamedTuple):
    """One event that is refused: `error` holds every reason and the event's index.

    `event_id` is the publisher's, empty when none can be read.
    """

    item: int
    error: RejectError
    event_id: str


class Remarks:
    """All that the rules say about one event."""

    __slots__ = ("changes", "faults", "notes")

    def __init__(self, changes: Iterable[Reason] = (), faults: Iterable[Reason] = ()) -> None:
        self.changes = list(changes)
        self.faults = list(faults)
        self.notes: list[Reason] = []

    def add(self, rule: Rule, path: str, detail: str = "") -> None:
        """Name a rule at a place; its severity says what that means."""
        reason = rule.at(path, detail)
        if rule.severity == FAULT:
            self.faults.append(reason)
        elif rule.severity == CHANGE:
            self.changes.append(reason)
        else:
            self.notes.append(reason)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.faults) + len(self.changes) + len(self.notes)

    @property
    def verdict(self) -> str:
        """What follows from the remarks."""
        if self.faults:
            return QUARANTINE
        return NORMALISED if self.changes else ACCEPT

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason, the gravest first, at most `MAX_REASONS`."""
        return (*self.faults, *self.changes, *self.notes)[:MAX_REASONS]

    def error(self, item: int, reasons: tuple[Reason, ...] = ()) -> RejectError:
        """The faults as an error; `reasons` are all of them, when more is known of each."""
        first = self.faults[0]
        text = f"{first.path}: {first.text}"
        return RejectError(first.rule, text, reasons=reasons or self.reasons, item=item)
