"""Remember: what pure functions answered, kept for short values and for so many of them.

Publishers decide what is asked, so that they may not decide how much is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")
LONGEST: Final = 256
"""Characters or bytes of a value, together when it has parts; a longer one is answered anew."""


class Memory(dict[K, V]):
    """What a function answers for a value, asked once for each.

    Args:
        answer: the function; what it raises is not kept.
        most: so many values are kept, then none.
        longest: of what is kept.
    """

    def __init__(
        self, answer: Callable[[K], V], most: int = 65_536, longest: int = LONGEST
    ) -> None:
        super().__init__()
        self._answer = answer
        self._most = most
        self._longest = longest

    def __missing__(self, value: K) -> V:
        found = self._answer(value)
        keep(self, value, found, self._most, self._longest)
        return found


def keep(memory: dict[K, V], value: K, found: V, most: int, longest: int) -> None:
    """Keep an answer for a value that is not too long, in place of all when they are too many."""
    if size_of(value) <= longest:
        if len(memory) >= most:
            memory.clear()
        memory[value] = found


def remembered(most: int, longest: int = LONGEST) -> Callable[[Callable[[K], V]], Callable[[K], V]]:
    """Let a pure function of one value keep its answers in a `Memory`."""
    return lambda answer: Memory(answer, most, longest).__getitem__


def size_of(value: Any) -> int:
    """Characters or bytes of texts, those of a tuple together; numbers have none."""
    if isinstance(value, str | bytes):
        return len(value)
    return sum(map(size_of, value)) if isinstance(value, tuple) else 0
