"""Layouts of headers, of events that another hub has checked: nothing behind them is looked at.

As in `layout.py`. Must not know what follows from a header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from struct import Struct
from typing import Final

from tracehub.avro.layout import Fitting
from tracehub.avro.look import UNSEEN, Look
from tracehub.avro.look_values import Noted
from tracehub.avro.pieces import Parts, Piece, cut_up, party_ids
from tracehub.avro.runtime import new

_SINGLE: Final = ("id", "key", "instant")
_INSTANT: Final = 6
"""The bytes that an instant of our age has in milliseconds."""
_CARRIED: Final = 0x80_80_80_80_80_80
_ENDED: Final = 0x80_80_80_80_80_00
_number: Final = int.from_bytes


@dataclass(frozen=True, slots=True)
class HeadLayout:
    """Looks at the headers of one layout.

    Attributes:
        unpack_from: takes a header to pieces.
        same_of, same: the pieces that are the same in all of them.
        single_of: the values of `_SINGLE`.
        parties: where they lie.
        claims: the likeness of all of them.
    """

    unpack_from: Callable[[bytes], Parts]
    same_of: Callable[[Parts], Parts]
    same: Parts
    single_of: Callable[[Parts], Parts]
    parties: slice
    claims: bytes

    def look(self, value: bytes) -> Look | None:
        """As `Fitting`."""
        parts = self.unpack_from(value)
        if self.same_of(parts) != self.same:
            return None
        event_id, key, instant = self.single_of(parts)
        written = value[self.parties]
        if (
            _number(instant, "big") & _CARRIED != _ENDED
            or not instant[-1]
            or not (key.isascii() and written.isascii())
        ):
            return None
        look: Look = new(Look, (event_id.decode(), key, self.claims, written, UNSEEN))
        return look


def head_layout_of(value: bytes, look: Look, noted: Sequence[Noted]) -> Fitting | None:
    """The layout of a header that was looked at; None when it has an unusual form."""
    where = {role: (start, end) for role, start, end, _ in noted}
    start, end = where["instant"]
    if end - start != _INSTANT or not where.keys() >= {*_SINGLE, "parties", "end"}:
        return None
    cut = cut_up(where["end"][0], [*_pieces(value, noted)])
    struct, same_of = Struct(cut.form), itemgetter(*cut.same)
    return HeadLayout(
        struct.unpack_from,
        same_of,
        same_of(struct.unpack_from(value)),
        itemgetter(*(cut.by_role[each][0] for each in _SINGLE)),
        slice(*where["parties"]),
        look.likeness,
    )


def _pieces(value: bytes, noted: Sequence[Noted]) -> Iterator[Piece]:
    """What is not the same in all headers of a layout, in its order."""
    for role, start, end, _ in noted:
        if role == "parties":
            yield from party_ids(value, start)
        elif role != "end":
            yield role, start, end
