"""A rules file in YAML -> rules; every fault in one go, with its line and column.

The language is in `docs/rules-file.md`. Must not read files: the text comes in.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from importlib import resources
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from tracehub.errors import ConfigError
from tracehub.model.connection import TIERS, Connection
from tracehub.model.event import CATEGORIES, EVENT_TYPES, KINDS, LOCAL_CATEGORIES
from tracehub.model.event import NATIONAL_CATEGORIES as NATIONAL
from tracehub.route.credit import NOBODY, Credit
from tracehub.route.rule import Rule, To, When
from tracehub.route.table import RouteTable

_RULE_KEYS: Final = ("id", "title", "when", "to")
_CONDITIONS: Final[dict[str, Collection[str]]] = {
    "categories": CATEGORIES,
    "kinds": KINDS,
    "event_types": (*EVENT_TYPES, "none"),
    "actions": ("ADD", "OBSERVE", "DELETE", "none"),
    "biz_steps": (),
    "dispositions": (),
    "corrections": ("none", "did_not_occur", "incorrect_data", "unspecified"),
    "lists": (),
}
"""Condition -> its closed list of values; an empty list takes any text."""
_SHORT: Final = {"national": NATIONAL, "local": LOCAL_CATEGORIES}
_FLAGS: Final = ("party", "addressees", "upward")
_SELECTORS: Final[dict[str, Collection[str]]] = {
    "id": (),
    "type": (),
    "tier": TIERS,
    "region": ("origin", "destination"),
}


def national_rules(connections: Sequence[Connection], credit: Credit = NOBODY) -> RouteTable:
    """The rules that ship with tracehub, over these connections."""
    text = resources.files("tracehub.route").joinpath("national.yaml").read_text("utf-8")
    return load_rules(text, "national.yaml", connections, credit)


def load_rules(
    text: str, origin: str, connections: Sequence[Connection], credit: Credit = NOBODY
) -> RouteTable:
    """Read and check a rules file.

    Args:
        text: the file.
        origin: its name, for messages.
        connections: all connections of the hub.
        credit: who is on which list.

    Raises:
        ConfigError: one line per fault, `file:line:column: what is wrong`.
    """
    reader = _Reader(origin, {each.id: each for each in connections})
    rules = reader.rules(text)
    if reader.faults:
        raise ConfigError("\n".join(reader.faults))
    return RouteTable(rules, connections, credit)


class _Reader:
    """Walks the tree once and gathers every fault."""

    def __init__(self, origin: str, connections: dict[str, Connection]) -> None:
        self._origin = origin
        self._connections = connections
        self.faults: list[str] = []

    def rules(self, text: str) -> list[Rule]:
        try:
            tree = YAML(typ="rt").load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            self._fault((line, column), f"not YAML: {error.problem}")
            return []
        if not isinstance(tree, CommentedMap) or not isinstance(tree.get("rules"), CommentedSeq):
            self._fault((0, 0), "a rules file is a mapping with a list under 'rules'")
            return []
        self._known(tree, ("rules",))
        rules = [self._rule(tree["rules"], at) for at in range(len(tree["rules"]))]
        found = [rule for rule in rules if rule is not None]
        names = [rule.id for rule in found]
        for at, name in enumerate(names):
            if name in names[:at]:
                self._fault(tree["rules"].lc.item(at), f"rule id {name!r} is used twice")
        return found

    def _rule(self, rules: CommentedSeq, at: int) -> Rule | None:
        node = rules[at]
        if not isinstance(node, CommentedMap):
            self._fault(rules.lc.item(at), "a rule is a mapping with id, title, when and to")
            return None
        self._known(node, _RULE_KEYS)
        missing = [key for key in ("id", "to") if key not in node]
        if missing:
            self._fault(rules.lc.item(at), f"the rule has no {' and no '.join(missing)}")
            return None
        when = self._when(node)
        selectors = node["to"] if isinstance(node["to"], list) else [node["to"]]
        to = tuple(each for one in selectors if (each := self._to(node, one, when)) is not None)
        return Rule(str(node["id"]), str(node.get("title", "")), when, to)

    def _when(self, rule: CommentedMap) -> When:
        node = rule.get("when")
        if node is None:
            return When()
        if not isinstance(node, CommentedMap):
            self._fault(rule.lc.value("when"), "'when' is a mapping of conditions")
            return When()
        self._known(node, (*_CONDITIONS, "crosses_province"))
        values = {
            name: self._values(node, name, allowed)
            for name, allowed in _CONDITIONS.items()
            if name in node
        }
        crosses = node.get("crosses_province")
        if crosses is not None and not isinstance(crosses, bool):
            self._fault(node.lc.value("crosses_province"), "crosses_province is true or false")
            crosses = None
        return When(**values, crosses_province=crosses)

    def _values(self, node: CommentedMap, name: str, allowed: Collection[str]) -> frozenset[str]:
        given = node[name]
        if name == "categories" and isinstance(given, str) and given in _SHORT:
            return frozenset(_SHORT[given])
        values = [str(each) for each in (given if isinstance(given, list) else [given])]
        for value in values:
            self._one_of(node.lc.value(name), name, value, allowed)
        return frozenset(values)

    def _to(self, rule: CommentedMap, node: Any, when: When) -> To | None:
        if not isinstance(node, CommentedMap):
            self._fault(rule.lc.value("to"), "'to' is a selector, or a list of selectors")
            return None
        self._known(node, (*_SELECTORS, *_FLAGS))
        for name, allowed in _SELECTORS.items():
            if name in node:
                self._one_of(node.lc.value(name), name, str(node[name]), allowed)
        for name in _FLAGS:
            if name in node and not isinstance(node[name], bool):
                self._fault(node.lc.value(name), f"{name} is true or false")
        self._entitled(node, when)
        return To(
            id=str(node.get("id", "")),
            type=str(node.get("type", "")),
            tier=str(node.get("tier", "")),
            region=str(node.get("region", "")),
            party=bool(node.get("party")),
            addressees=bool(node.get("addressees")),
            upward=bool(node.get("upward")),
        )

    def _entitled(self, node: CommentedMap, when: When) -> None:
        """A rule that names a connection may not mean categories that it has no right to."""
        connection = self._connections.get(str(node.get("id", "")))
        if connection is None or not when.categories:
            return
        beyond = sorted(when.categories - set(connection.categories))
        if beyond or not connection.receives:
            what = f"categories {', '.join(beyond)}" if beyond else "anything"
            self._fault(node.lc.value("id"), f"{connection.id} is not entitled to {what}")

    def _known(self, node: CommentedMap, allowed: Sequence[str]) -> None:
        for key in node:
            if key not in allowed:
                near = _nearest(str(key), allowed)
                self._fault(node.lc.key(key), f"unknown key {key!r}{near}")

    def _one_of(
        self, place: tuple[int, int], name: str, value: str, allowed: Collection[str]
    ) -> None:
        if allowed and value not in allowed:
            near = _nearest(value, allowed)
            self._fault(place, f"{name} has no value {value!r}{near}")

    def _fault(self, place: tuple[int, int], text: str) -> None:
        line, column = place
        self.faults.append(f"{self._origin}:{line + 1}:{column + 1}: {text}")


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
