"""The route table: rules over connections, evaluated once per routing key and remembered.

Same header and same version, same routes; so that a replay years later can be explained.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

from tracehub.model.connection import TIERS, Connection
from tracehub.model.event import Header
from tracehub.remember import keep
from tracehub.route.credit import NOBODY, Credit
from tracehub.route.rule import Route, Rule, To, covers, prefix

_MEMORY: Final = 100_000
_LONGEST: Final = 1024
"""Characters of a routing key that is remembered."""
_NONE: Final[frozenset[str]] = frozenset()
_PLATFORMS: Final = frozenset({"central", "province", "city"})


class RouteTable:
    """Rules in order, over all connections of the hub.

    Attributes:
        credit: which party is on which list, and when.
        version: 4 bytes, equal exactly when rules, connections and credit table are.
        asks_parties: a verdict may depend on who has a part in the event.
        asks_credit: it may depend on who was on a list when the event occurred.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        connections: Sequence[Connection],
        credit: Credit = NOBODY,
    ) -> None:
        self.rules = tuple(rules)
        self.connections = {each.id: each for each in connections}
        self.credit = credit
        text = repr((self.rules, sorted(self.connections.items()), credit.entries))
        self.version = hashlib.sha256(text.encode()).digest()[:4]
        fields = self._fields()
        self.asks_parties = "parties" in fields
        self.asks_credit = bool(credit.entries) and any(rule.when.lists for rule in self.rules)
        self._key: Callable[[Header], Any] = attrgetter(*fields)
        self._known: dict[tuple[Any, str, frozenset[str]], tuple[Route, ...]] = {}
        self._telling = frozenset(each.id for each in connections if _tells(each))
        self._sorts: dict[To, tuple[Connection, ...]] = {}
        self._near: dict[tuple[To, str, str], tuple[tuple[Connection, ...], str]] = {}

    def under(self, credit: Credit) -> RouteTable:
        """The same rules over another credit table."""
        return RouteTable(self.rules, tuple(self.connections.values()), credit)

    def routes(self, header: Header, source: str) -> tuple[Route, ...]:
        """Where an event that `source` published goes: one route per connection, in rule order.

        The first rule that chooses a connection names its route. Never back to the source.
        """
        lists = self.lists(header)
        key = (self._key(header), source if source in self._telling else "", lists)
        known = self._known.get(key)
        if known is None:
            known = self._evaluate(header, source, lists)
            keep(self._known, key, known, _MEMORY, _LONGEST)
        return known

    def may_end(self, header: Header) -> bool:
        """True when a rule says that an event like this needs no route."""
        lists = self.lists(header)
        return any(not rule.to and not rule.when.unmet(header, lists) for rule in self.rules)

    def lists(self, header: Header) -> frozenset[str]:
        """The credit lists that the event's parties were on, if any rule asks."""
        return self.credit.lists(header) if self.asks_credit else _NONE

    def chosen(self, to: To, header: Header, source: str) -> Iterator[tuple[Connection, str]]:
        """Every connection that a selector looks at, with the reason against it, or none."""
        found = self._named(to, header)
        best = _longest(to, found, header)
        for each in found:
            yield each, self._against(to, each, header, source, best)

    def _named(self, to: To, header: Header) -> Sequence[Connection]:
        """The connections of the sort that a selector means."""
        if to.addressees:
            return [each for each in self.connections.values() if each.id in header.addressees]
        found = self._sorts.get(to)
        if found is None:
            every = self.connections.values()
            found = self._sorts[to] = tuple(each for each in every if _fits(to, each))
        return found

    def _evaluate(self, header: Header, source: str, lists: frozenset[str]) -> tuple[Route, ...]:
        routes: dict[str, Route] = {}
        for rule in self.rules:
            if rule.to and not rule.when.unmet(header, lists):
                for to in rule.to:
                    found, best = self._in_reach(to, header)
                    for each in found:
                        if not self._against(to, each, header, source, best):
                            routes.setdefault(each.id, Route(each.id, rule.id))
        return tuple(routes.values())

    def _in_reach(self, to: To, header: Header) -> tuple[Sequence[Connection], str]:
        """As `chosen()` looks at, without those that category or region speak against."""
        if to.addressees:
            found = self._named(to, header)
            return found, _longest(to, found, header)
        category, region = header.category, _region(to, header) if to.region else ""
        known = self._near.get((to, category, region))
        if known is None:
            found = self._named(to, header)
            best = _longest(to, found, header)
            near = (
                each
                for each in found
                if category in each.categories and not _against_region(to, each, region, best)
            )
            known = tuple(near), best
            keep(self._near, (to, category, region), known, _MEMORY, _LONGEST)
        return known

    def _against(
        self, to: To, connection: Connection, header: Header, source: str, best: str
    ) -> str:
        if connection.id == source:
            return "the event came from it"
        if not connection.receives:
            return "it receives nothing"
        if header.category not in connection.categories:
            return f"category {header.category} is not among its own"
        if to.party and connection.party not in {party.id for party in header.parties}:
            return "its party has no part in the event"
        publisher = self.connections.get(source)
        if to.upward and publisher is not None and _reports_itself(publisher, connection):
            return f"{source} reports upward by itself"
        return _against_region(to, connection, _region(to, header), best)

    def _fields(self) -> tuple[str, ...]:
        """The header fields that the rules look at: all that a verdict may depend on."""
        used = {"category", "kinds", "origin_region", "destination_region", "addressees"}
        for rule in self.rules:
            when = rule.when
            for name, wanted in (
                ("event_type", when.event_types),
                ("action", when.actions),
                ("biz_step", when.biz_steps),
                ("disposition", when.dispositions),
                ("correction", when.corrections),
            ):
                if wanted:
                    used.add(name)
            if any(to.party for to in rule.to):
                used.add("parties")
        if not any(connection.party for connection in self.connections.values()):
            used.discard("parties")
        return tuple(sorted(used))


def _tells(publisher: Connection) -> bool:
    """Where its events go may depend on whose they are."""
    return publisher.receives or (publisher.reports_upward and publisher.tier in _PLATFORMS)


def _fits(to: To, connection: Connection) -> bool:
    return (
        (not to.id or connection.id == to.id)
        and (not to.type or connection.type == to.type)
        and (not to.tier or connection.tier == to.tier)
    )


def _longest(to: To, found: Sequence[Connection], header: Header) -> str:
    """Of platforms of one tier, the one whose region fits most closely."""
    if not to.region or to.tier not in _PLATFORMS:
        return ""
    region = _region(to, header)
    fitting = [each for each in found if region and covers(each, region)]
    best = max(fitting, key=lambda each: len(prefix(each.region)), default=None)
    return best.id if best else ""


def _against_region(to: To, connection: Connection, region: str, best: str) -> str:
    if not to.region:
        return ""
    if not region:
        return f"the event has no {to.region} region"
    if not covers(connection, region):
        return f"it does not answer for {to.region} {region}"
    if best and connection.id != best:
        return f"{best} answers more closely for {to.region} {region}"
    return ""


def _region(to: To, header: Header) -> str:
    return header.origin_region if to.region == "origin" else header.destination_region


def _reports_itself(publisher: Connection, receiver: Connection) -> bool:
    """The publisher reports to the tiers above it without the hub."""
    if not publisher.reports_upward or publisher.tier not in _PLATFORMS:
        return False
    return TIERS.index(receiver.tier) < TIERS.index(publisher.tier)
