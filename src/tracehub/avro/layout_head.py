"""Layouts of headers, of events that another hub has checked: nothing behind them is looked at.

As in `layout.py`. Must not know what follows from a header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tracehub.avro.layout import Fitting, Found
from tracehub.avro.look import UNSEEN, Look
from tracehub.avro.look_values import Noted
from tracehub.avro.pieces import Parts, Piece, cut_up, party_ids

_OWN: Final = ("id", "instant", "key")
"""In the order in which they stand."""
_INSTANT: Final = 6
"""The bytes that an instant of our age has in milliseconds."""
_SHOWN: Final = 0x80_80_80_80_80_FF
_SOON: Final = 0x80_80_80_80_80_01
_LATE: Final = 0x80_80_80_80_80_7F
"""Between these is an instant of six bytes, as far as `_SHOWN` shows it."""
_number: Final = int.from_bytes


@dataclass(frozen=True, slots=True)
class HeadLayout:
    """Looks at the headers of one layout.

    Attributes:
        rest_of, rest: what is the same in all of them.
        own_of: the values of `_OWN`.
        parties: where they lie.
        claims: the likeness of all of them.
    """

    rest_of: Callable[[bytes], Parts]
    rest: Parts
    own_of: Callable[[bytes], Parts]
    parties: slice
    claims: bytes

    def find(self, value: bytes) -> Found | None:
        """As `Fitting`."""
        if self.rest_of(value) != self.rest:
            return None
        event_id, instant, key = self.own_of(value)
        parties = value[self.parties]
        if (
            _SOON <= _number(instant, "big") & _SHOWN <= _LATE
            and event_id.isascii()
            and key.isascii()
            and parties.isascii()
        ):
            return event_id, key, self.claims, parties, UNSEEN
        return None


def head_layout_of(value: bytes, look: Look, noted: Sequence[Noted]) -> Fitting | None:
    """The layout of a header that was looked at; None when it has an unusual form."""
    where = {role: (start, end) for role, start, end, _ in noted}
    start, end = where["instant"]
    if end - start != _INSTANT or not {"parties", "end"} <= where.keys():
        return None
    pieces, size = [*_pieces(value, noted)], where["end"][0]
    if [role for role, *_ in pieces if role in _OWN] != [*_OWN]:
        return None
    rest_of = cut_up(size, pieces).unpack_from
    own_of = cut_up(size, pieces, _OWN, gaps=False).unpack_from
    return HeadLayout(rest_of, rest_of(value), own_of, slice(*where["parties"]), look.likeness)


def _pieces(value: bytes, noted: Sequence[Noted]) -> Iterator[Piece]:
    """What is not the same in all headers of a layout, in its order."""
    for role, start, end, _ in noted:
        if role == "parties":
            yield from party_ids(value, start)
        elif role != "end":
            yield role, start, end
