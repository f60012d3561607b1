"""Account: what must have come of everything that was published, held against what did.

`published` counts events (a record that can't be read counts one). `expected` comes from the
oracle, never from the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tracehub.model.connection import Connection
from tracehub.model.facts import effect_key
from tracehub.testing.observer import Seen
from tracehub.testing.oracle import Facts, expected
from tracehub.testing.systems import Ledger
from tracehub.testing.traffic import Truth


def due(
    category: str, connection: str, truth: Truth, connections: Iterable[Connection]
) -> tuple[str, frozenset[str]]:
    """The effect key of an event, and the receivers that it is due to."""
    facts = Facts(category, truth.kinds, truth.origin, truth.destination)
    key = effect_key(connection, truth.event_id, 0).hex()
    return key, expected(facts, connection, connections)


class Account:
    """The sums of one run."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self.published = 0
        self.refused: Counter[str] = Counter()
        self.due: Counter[str] = Counter()
        self.pairs: set[tuple[str, str]] = set()

    def publish(self, category: str, connection: str, truths: Iterable[Truth]) -> None:
        """Note what one record holds and where its events must arrive."""
        for truth in truths:
            self.published += 1
            if truth.code:
                self.refused[truth.code] += 1
                continue
            key, receivers = due(category, connection, truth, self._connections)
            for receiver in receivers:
                self.due[receiver] += 1
                self.pairs.add((key, receiver))

    @property
    def expected_deliveries(self) -> int:
        """Routes of all events, repeats of a publisher included."""
        return sum(self.due.values())

    def complete(self, seen: Seen) -> bool:
        """Everything that is due has come."""
        return (
            seen.published >= self.published
            and len(seen.receipts) + len(seen.failed) >= self.expected_deliveries
        )

    def summary(self, seen: Seen, ledger: Ledger) -> dict[str, Any]:
        """The numbers; a run is good when `adds_up` is true."""
        arrived = {(entry.effect_key, entry.connection) for entry in ledger.entries()}
        twice = ledger.counts().duplicate_effects
        deliveries = dict(sorted(seen.deliveries().items()))
        handed_over = sum(deliveries.values()) + len(seen.failed)
        lost = len(self.pairs - arrived) - len(seen.failed)
        invented = len(arrived - self.pairs)
        wrong_codes = sum((Counter(seen.refused.values()) - self.refused).values())
        return {
            "published": self.published,
            "canonical": len(seen.canonical),
            "dead_lettered": len(seen.refused),
            "deliveries": deliveries,
            "delivery_dead_letters": len(seen.failed),
            "expected_deliveries": self.expected_deliveries,
            "lost": lost,
            "invented": invented,
            "duplicate_effects": twice,
            "wrong_codes": wrong_codes,
            "adds_up": (
                self.published == len(seen.canonical) + len(seen.refused)
                and handed_over == self.expected_deliveries
                and not (lost or invented or twice or wrong_codes)
            ),
        }
