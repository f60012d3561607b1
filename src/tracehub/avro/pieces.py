"""How an event is taken to pieces: what is the same in all of one layout, and what is not.

Must not know what is looked at in a piece.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import count
from operator import itemgetter
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.avro.look_values import number_at

Parts: TypeAlias = tuple[Any, ...]
Pick: TypeAlias = Callable[[Parts], Sequence[Any]]
Piece: TypeAlias = tuple[str, int, int]
"""Role, start and end."""
_FIGURES: Final = frozenset({"finite", "amount"})


class Cut(NamedTuple):
    """How an event is taken to pieces.

    Attributes:
        unpack, unpack_from: take one to pieces that ends there, or goes on.
        gaps: the numbers of what stands between the pieces.
        by_role, by_start: the numbers of the others.
    """

    unpack: Callable[[bytes], Parts]
    unpack_from: Callable[[bytes], Parts]
    gaps: list[int]
    by_role: dict[str, list[int]]
    by_start: dict[int, int]


def cut_up(
    size: int, pieces: Iterable[Piece], roles: Container[str] = (), *, gaps: bool = True
) -> Cut:
    """Cut an event of a size into pieces of some roles, which lie in their order, and gaps.

    Pieces of other roles are passed over, and the gaps too unless they are asked for.
    """
    form, between, by_role, by_start, at = ["<"], list[int](), dict[str, list[int]](), {}, 0
    number = count()
    for role, start, end in [*pieces, ("", size, size)]:
        if start > at:
            form.append(f"{start - at}{'s' if gaps else 'x'}")
            between += [next(number)] if gaps else []
        if role not in roles:
            form.append(f"{end - start}x")
        elif start < end:
            form.append("d" if role in _FIGURES else f"{end - start}s")
            by_start[start] = next(number)
            by_role.setdefault(role, []).append(by_start[start])
        at = end
    struct = Struct("".join(form))
    return Cut(struct.unpack, struct.unpack_from, between, by_role, by_start)


def pick(numbers: Sequence[int]) -> Pick:
    """Picks out pieces by their numbers."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    return itemgetter(slice(numbers[0], numbers[0] + 1) if numbers else slice(0))


def some(numbers: Sequence[int]) -> Pick | None:
    """As `pick()`; None when there are none."""
    return pick(numbers) if numbers else None


def party_ids(value: bytes, at: int) -> Iterator[Piece]:
    """The ids in a header's list of parties."""
    parties, at = number_at(value, at)
    for _ in range(parties >> 1):
        start = at
        for _ in range(3):
            size, start = number_at(value, at)
            at = start + (size >> 1)
        yield "party id", start, at
