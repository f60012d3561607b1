"""Index: what a store of entries must do. Two stores pass one set of tests.

Must not know what an entry means.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol

from tracehub.index.entry import Entry

DAY_MS: Final = 86_400_000
MOST: Final = 500
"""No answer is longer."""


class Index(Protocol):
    """A store of entries. An entry that is there already is not added again."""

    async def add(self, entries: Sequence[Entry]) -> None:
        """Add entries, all or none; durable when it returns.

        Raises:
            RetryError: the store does not answer.
        """
        ...

    async def find(self, terms: Collection[int], *, limit: int = MOST) -> Sequence[Entry]:
        """Entries that have one of these terms, the newest first; without their terms.

        Raises:
            RetryError: the store does not answer.
        """
        ...

    async def between(
        self, since: int, until: int, *, kind: str = "", limit: int = MOST
    ) -> Sequence[Entry]:
        """Entries from `since` up to but not including `until`, ms; the newest first.

        Raises:
            RetryError: the store does not answer.
        """
        ...

    async def expire(self, before: int) -> None:
        """Forget every whole day that ended before that instant, ms.

        Raises:
            RetryError: the store does not answer.
        """
        ...


def day_of(at: int) -> int:
    """The first millisecond of an instant's day, UTC."""
    return at - at % DAY_MS
