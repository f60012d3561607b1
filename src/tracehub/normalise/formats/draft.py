"""Draft: a plain event in the making, and what is to be said about it. Must not know syntax."""

from __future__ import annotations

from typing import Final

from tracehub.errors import Reason
from tracehub.normalise.plain import HUB_LISTS, Found, PlainEvent
from tracehub.normalise.quiet import quiet
from tracehub.normalise.rules import Rule
from tracehub.normalise.spelling import list_own, settle

_OURS: Final = frozenset(HUB_LISTS)


class Draft:
    """One event while it is read."""

    __slots__ = ("changes", "event", "faults", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.event: PlainEvent = {}
        self.changes: list[Reason] = []
        self.faults: list[Reason] = []

    def fault(self, rule: Rule, path: str) -> None:
        """Say that something is wrong."""
        self.faults.append(rule.at(path))

    def change(self, rule: Rule, path: str) -> None:
        """Say that something was read in another form, once for each place."""
        reason = rule.at(path)
        if reason not in self.changes:
            self.changes.append(reason)

    def found(self) -> Found:
        """The event as it was read, not settled yet but for what may be one or many."""
        return read_whole(self.path, self.event, tuple(self.changes), tuple(self.faults))


def read_whole(
    path: str,
    event: PlainEvent,
    changes: tuple[Reason, ...] = (),
    faults: tuple[Reason, ...] = (),
) -> Found:
    """An event at the end of its reading: what may be one or many of our own is a list."""
    if not _OURS.isdisjoint(event):
        list_own(event)
    return Found(path, event, changes, faults)


def settled(found: Found) -> Found:
    """What was read or made, in the spelling of the plain form."""
    if quiet(found.event):
        return found
    changes = list(found.changes)
    settle(found.event, found.path, changes)
    return found._replace(changes=tuple(changes))
