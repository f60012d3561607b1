"""Why did an event go there, and not elsewhere? The answer of the route table in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracehub.model.event import Header
from tracehub.route.rule import Route, Rule
from tracehub.route.table import RouteTable


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule did: the connections it chose, and why not others."""

    rule: str
    title: str
    fired: bool
    chose: tuple[str, ...]
    why_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The routes of one event and the rules behind them.

    Attributes:
        origin, destination: `<region> (<basis>)`, or `-`.
        open: nothing was chosen, and no rule says that this is right.
    """

    rules_version: str
    origin: str
    destination: str
    routes: tuple[Route, ...]
    steps: tuple[Step, ...]
    open: bool

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain JSON values."""
        return {
            "rules_version": self.rules_version,
            "origin": self.origin,
            "destination": self.destination,
            "routes": [route._asdict() for route in self.routes],
            "no_route": self.open,
            "rules": [
                {
                    "rule": step.rule,
                    "title": step.title,
                    "fired": step.fired,
                    "chose": list(step.chose),
                    "why_not": list(step.why_not),
                }
                for step in self.steps
            ],
        }

    def lines(self) -> Iterator[str]:
        """The explanation as text, a line each."""
        yield f"origin {self.origin}, destination {self.destination}"
        for route in self.routes:
            yield f"-> {route.connection}  by {route.rule}"
        if self.open:
            yield "no route, and no rule says that this is right"
        for step in self.steps:
            yield f"rule {step.rule} {'fired' if step.fired else 'did not fire'}: {step.title}"
            for reason in step.why_not:
                yield f"     {reason}"


def explain(
    table: RouteTable, header: Header, source: str, *, all_rules: bool = False
) -> Explanation:
    """Explain one event's routes.

    Args:
        table: the rules in force.
        header: the event's routing header.
        source: the connection that published it.
        all_rules: also name the rules that did not fire, and why connections were passed over.
    """
    routes = table.routes(header, source)
    steps = [_step(table, rule, header, source, all_rules=all_rules) for rule in table.rules]
    return Explanation(
        table.version.hex(),
        _place(header.origin_region, header.origin_basis),
        _place(header.destination_region, header.destination_basis),
        routes,
        tuple(step for step in steps if all_rules or step.chose or (step.fired and not routes)),
        open=not routes and not table.may_end(header),
    )


def _step(table: RouteTable, rule: Rule, header: Header, source: str, *, all_rules: bool) -> Step:
    unmet = rule.when.unmet(header, table.lists(header))
    if unmet:
        return Step(rule.id, rule.title, fired=False, chose=(), why_not=(unmet,))
    looked = [pair for to in rule.to for pair in table.chosen(to, header, source)]
    chose = tuple(dict.fromkeys(connection.id for connection, against in looked if not against))
    passed = tuple(f"{connection.id}: {against}" for connection, against in looked if against)
    if rule.to and not looked:
        passed = ("no connection of this sort",)
    return Step(rule.id, rule.title, fired=True, chose=chose, why_not=passed if all_rules else ())


def _place(region: str, basis: str) -> str:
    return f"{region} ({basis})" if region else "-"
