"""How an event is taken to pieces: what is the same in all of one layout, and what is not.

Must not know what is looked at in a piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.avro.look_values import number_at

Parts: TypeAlias = tuple[Any, ...]
Pick: TypeAlias = Callable[[Parts], Sequence[Any]]
Piece: TypeAlias = tuple[str, int, int]
"""Role, start and end."""
_UNSEEN: Final = frozenset({"digest", "party id"})
"""Roles that are not picked out: nothing is asked of them, or they are looked at together."""
_FIGURES: Final = frozenset({"finite", "amount"})


class Cut(NamedTuple):
    """How an event is taken to pieces.

    Attributes:
        form: for `Struct`.
        same: the numbers of the pieces that are the same in all events of a layout.
        by_role, by_start: the numbers of the others.
    """

    form: str
    same: list[int]
    by_role: dict[str, list[int]]
    by_start: dict[int, int]


def cut_up(size: int, pieces: Sequence[Piece]) -> Cut:
    """Cut an event of a size behind and before each of these pieces, which lie in their order."""
    cut, form, at, number = Cut("<", [], {}, {}), [], 0, 0
    for role, start, end in [*pieces, ("", size, size)]:
        if start > at:
            form.append(f"{start - at}s")
            cut.same.append(number)
            number += 1
        if role in _UNSEEN:
            form.append(f"{end - start}x")
        elif start < end:
            form.append("d" if role in _FIGURES else f"{end - start}s")
            cut.by_role.setdefault(role, []).append(number)
            cut.by_start[start] = number
            number += 1
        at = end
    return cut._replace(form="<" + "".join(form))


def pick(numbers: Sequence[int]) -> Pick:
    """Picks out pieces by their numbers."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    return itemgetter(slice(numbers[0], numbers[0] + 1) if numbers else slice(0))


def party_ids(value: bytes, at: int) -> Iterator[Piece]:
    """The ids in a header's list of parties."""
    count, at = number_at(value, at)
    for _ in range(count >> 1):
        start = at
        for _ in range(3):
            size, start = number_at(value, at)
            at = start + (size >> 1)
        yield "party id", start, at
