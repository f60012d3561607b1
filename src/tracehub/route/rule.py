"""A rule: a predicate on the routing header, and who is chosen when it holds.

A rule sees nothing but the header, the connections and the credit table: no clock, no history, no
look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from tracehub.model.connection import Connection
from tracehub.model.event import Header

NATION: Final = "000000"
_PROVINCE_DIGITS: Final = 2


class Route(NamedTuple):
    """One receiver of one event, and the rule that chose it."""

    connection: str
    rule: str


@dataclass(frozen=True, slots=True)
class When:
    """All that is given must hold; an empty condition always holds.

    Attributes:
        lists: credit lists; a party of the event was on one of them when it occurred.
        crosses_province: origin and destination are both known and lie in different provinces.
    """

    categories: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    event_types: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    biz_steps: frozenset[str] = frozenset()
    dispositions: frozenset[str] = frozenset()
    corrections: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    crosses_province: bool | None = None

    def unmet(self, header: Header, lists: frozenset[str] = frozenset()) -> str:
        """The first condition that does not hold, in words; empty when all hold.

        Args:
            header: the event's.
            lists: the credit lists that its parties were on.
        """
        for name, wanted, value in (
            ("category", self.categories, header.category),
            ("event type", self.event_types, header.event_type),
            ("action", self.actions, header.action),
            ("business step", self.biz_steps, header.biz_step),
            ("disposition", self.dispositions, header.disposition),
            ("correction", self.corrections, header.correction),
        ):
            if wanted and value not in wanted:
                return f"{name} is {value or 'absent'}, not {_listed(wanted)}"
        if self.kinds and self.kinds.isdisjoint(header.kinds):
            return f"kind is {_listed(header.kinds)}, not {_listed(self.kinds)}"
        if self.lists and self.lists.isdisjoint(lists):
            return f"no party of it was on the list {_listed(self.lists)}"
        if self.crosses_province is not None and crosses(header) != self.crosses_province:
            return "it crosses provinces" if crosses(header) else "it does not cross provinces"
        return ""


@dataclass(frozen=True, slots=True)
class To:
    """Which connections a rule chooses.

    Attributes:
        id, type, tier: only this one, this type, this tier; empty means any.
        region: `origin` or `destination`: it must answer for that region. Of the platforms of a
            tier the one with the longest prefix is chosen; of a type, all that cover the region.
        party: only a connection whose own party is one of the event's.
        addressees: those that the publisher names.
        upward: a report to the tier above, which a publisher may make by itself.
    """

    id: str = ""
    type: str = ""
    tier: str = ""
    region: str = ""
    party: bool = False
    addressees: bool = False
    upward: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a rules file; without `to` it only says that no route is right."""

    id: str
    title: str
    when: When
    to: tuple[To, ...]


def crosses(header: Header) -> bool:
    """Origin and destination lie in two different provinces."""
    origin, destination = header.origin_region, header.destination_region
    return bool(
        origin and destination and origin[:_PROVINCE_DIGITS] != destination[:_PROVINCE_DIGITS]
    )


def prefix(region: str) -> str:
    """The digits of a region that count: `330000` is `33`, the nation is empty."""
    if region == NATION:
        return ""
    for digits in (2, 4):
        if region[digits:] == "0" * (len(region) - digits):
            return region[:digits]
    return region


def covers(connection: Connection, region: str) -> bool:
    """True when a connection answers for a region; one without a region answers for all."""
    return region.startswith(prefix(connection.region)) if connection.region else True


def _listed(values: frozenset[str] | tuple[str, ...]) -> str:
    return " or ".join(sorted(values)) or "absent"
