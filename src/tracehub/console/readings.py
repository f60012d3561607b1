"""Readings: what services tell of themselves at `/metrics`, added up by connection. Pure.

Must not know where the text comes from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_SAMPLE: Final = re.compile(
    r"^tracehub_(events_total|deliveries_total|rejects_total|lag_records|connection_state)"
    r"\{(.*)\} (\S+)$",
    re.MULTILINE,
)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_STATES: Final = ("open", "half-open", "closed")


def _counter() -> defaultdict[str, int]:
    return defaultdict(int)


@dataclass(frozen=True, slots=True)
class Readings:
    """Of several processes, the sums; worked out once a look, for whoever looks.

    Attributes:
        taken, refused: events of a publisher, by connection and category.
        delivered, rejects: by connection.
        lag: records that wait, by topic.
        states: of breakers, by connection.
    """

    taken: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    refused: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    delivered: dict[str, int] = field(default_factory=_counter)
    rejects: dict[str, int] = field(default_factory=_counter)
    lag: dict[str, int] = field(default_factory=_counter)
    states: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def state(self, connection: str) -> str:
        """The worst state that a breaker of a connection is in; empty when none is known."""
        found = self.states.get(connection, ())
        return next((each for each in _STATES if each in found), "")

    def add(self, name: str, labels: Mapping[str, str], count: int) -> None:
        """Take in one sample."""
        connection = labels.get("connection", "")
        if name == "events_total":
            counts = self.refused if labels["verdict"] == "quarantine" else self.taken
            counts[connection, labels["category"]] += count
        elif name == "deliveries_total":
            self.delivered[connection] += count if labels["status"] == "delivered" else 0
        elif name == "rejects_total":
            self.rejects[connection] += count
        elif name == "lag_records":
            self.lag[labels["topic"]] += count
        elif count:
            self.states[connection].add(labels["state"])


def readings(*texts: str) -> Readings:
    """Read the text format of Prometheus 0.0.4, of our own metrics."""
    found = Readings()
    for text in texts:
        for name, labels, value in _SAMPLE.findall(text):
            found.add(name, dict(_LABEL.findall(labels)), int(float(value)))
    return found
