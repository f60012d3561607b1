"""Known: which effects another system has already, for systems that can't tell by themselves.

It is read back from the other system, never kept beside it, so that two processes and a restart
see the same. Bounded: the oldest are forgotten. Must not know what the system is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from tracehub.connect.port import Receipt, Status

T = TypeVar("T")
REMEMBERED: Final = 100_000
"""Effects that are recognised; what is repeated later than that is told apart by the receiver."""


class Known:
    """Effect keys, each with the other system's reference of its effect."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._references: dict[str, str] = {}

    def add(self, key: str, reference: str) -> None:
        """Note an effect; the first one of a key stays."""
        if key not in self._references:
            self._references[key] = reference
            if len(self._references) > self._limit:
                self._references.pop(next(iter(self._references)))

    def new(self, items: Iterable[T], keys: Sequence[str]) -> list[T]:
        """Those of `items` whose key has no effect yet, each key once, in order."""
        seen: set[str] = set()
        fresh = []
        for item, key in zip(items, keys, strict=True):
            if key not in self._references and key not in seen:
                seen.add(key)
                fresh.append(item)
        return fresh

    def receipts(self, keys: Sequence[str], fresh: Iterable[str]) -> list[Receipt]:
        """What became of each key, all of which have an effect now.

        Args:
            keys: what was to be delivered, in order.
            fresh: the keys whose effect is of this delivery.
        """
        left = set(fresh)
        receipts = []
        for key in keys:
            status: Status = "delivered" if key in left else "repeated"
            left.discard(key)
            receipts.append(Receipt(status, self._references[key]))
        return receipts
