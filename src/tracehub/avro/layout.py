"""Layouts: where its own values stand in an event that was looked at.

An event with the same bytes everywhere else, and values of the same lengths, would be walked over
in the same way and come to the same likeness. So of the next one of a layout all those bytes are
compared at once, and nothing but the values is looked at, as the look itself would do it. What
does not fit is looked at anew. Must not know schemas or rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import add, itemgetter
from struct import Struct
from typing import Final, NamedTuple, Protocol

from tracehub.avro.look import Look, Offsets
from tracehub.avro.look_values import CHILD, PARENT, Memory, Noted, Values
from tracehub.avro.pieces import Parts, Pick, Piece, cut_up, party_ids, pick
from tracehub.avro.runtime import PRINTED, new

_DAY: Final = 4
"""Bytes of the day at the end of a likeness."""
_DAYS: Final = 8
_SINGLE: Final = ("id", "key", "instant", "occurred")
_LONGEST: Final = 256
"""Of a value that there is one of in each event; a longer one is no usual one."""


class Fitting(Protocol):
    """One layout."""

    def look(self, value: bytes) -> Look | None:
        """What is found in an event; None when it has to be looked at anew.

        Raises:
            any of `GIVEN_UP`: it has to be read in full.
        """


class Picks(NamedTuple):
    """What picks out the values of each role.

    Attributes:
        stem, number: both parts of each code that ends in a number of its own.
        whole: all other codes.
        party: the codes of entries of parties.
        text: what has to be text, and nothing else.
        value: of extensions.
    """

    stem: Pick
    number: Pick
    whole: Pick
    party: Pick
    text: Pick
    time: Pick
    value: Pick
    finite: Pick
    amount: Pick


@dataclass(frozen=True, slots=True)
class Layout:
    """Looks at the events of one layout.

    Attributes:
        unpack: takes an event to pieces.
        same_of, same: the pieces that are the same in all of them.
        single_of: the values of `_SINGLE`.
        parties: where those of the header lie.
        family: where a parent's code lies, and those of its children that are as long.
        named_of, scheme: of the code that the header names.
        entries: side and type of each entry of parties.
        alike: the likeness by the day.
    """

    values: Values
    unpack: Callable[[bytes], Parts]
    same_of: Callable[[Parts], Parts]
    same: Parts
    single_of: Callable[[Parts], Parts]
    parties: slice
    family: tuple[slice, ...]
    named_of: Pick
    scheme: bytes
    entries: Sequence[tuple[int, str | None]]
    picks: Picks
    alike: Mapping[bytes, bytes]
    offsets: Offsets

    def look(self, value: bytes) -> Look | None:
        """As `Fitting`."""
        parts = self.unpack(value)
        if self.same_of(parts) != self.same:
            return None
        event_id, key, instant, occurred = self.single_of(parts)
        moment = self.values.moments[occurred]
        if moment is None or moment[0] != instant or event_id.translate(None, PRINTED):
            return None
        written = value[self.parties]
        if not (
            written.isascii()
            and self._names(parts, key)
            and self._knows(parts, written)
            and self._passes(parts)
        ):
            return None
        if self.family and value[self.family[0]] in map(value.__getitem__, self.family[1:]):
            return None
        look: Look = new(
            Look, (event_id.decode(), key, self.alike[moment[1]], written, self.offsets)
        )
        return look

    def _names(self, parts: Parts, key: bytes) -> bool:
        """Each code is good by itself, and the header names the one that it should."""
        numbers, stems = self.picks.number(parts), self.values.stems
        if numbers and not b"".join(numbers).isalnum():
            return False
        for stem, number in zip(self.picks.stem(parts), numbers, strict=True):
            known = stems[stem]
            if not known:
                return False
            size = known[2]
            if size and not (len(number) == size and number.isdigit()):
                return False
        for whole in self.picks.whole(parts):
            self.values.known_of(whole)
        stem, *rest = self.named_of(parts)
        known, number = (stems[stem], *rest) if rest else self.values.known_of(stem)
        return bool(known[0] == self.scheme and known[1] + number == key)

    def _knows(self, parts: Parts, written: bytes) -> bool:
        """The header has every party that an entry asks for."""
        names, parties = self.values.parties_in[written], self.values.parties
        for (side, kind), text in zip(self.entries, self.picks.party(parts), strict=True):
            found = parties[side, kind, text]
            if found is None or (found and found not in names):
                return False
        return True

    def _passes(self, parts: Parts) -> bool:
        """Every other value is good by itself."""
        texts, amounts = self.picks.text(parts), self.picks.amount(parts)
        if not b"".join(texts).isascii():
            for each in texts:
                each.decode()
        total = sum(amounts) + sum(self.picks.finite(parts))
        if total - total != 0 or min(amounts, default=0) < 0:
            return False
        for each in self.picks.time(parts):
            if self.values.moments[each] is None:
                return False
        return all(map(self.values.is_value, self.picks.value(parts)))


def layout_of(values: Values, value: bytes, look: Look, noted: Sequence[Noted]) -> Fitting | None:
    """The layout of an event that was looked at; None when it has an unusual form."""
    once = [role for role, start, end, _ in noted if end - start <= _LONGEST]
    if any(once.count(each) != 1 for each in (*_SINGLE, "parties")):
        return None
    cut = cut_up(len(value), [*_pieces(value, noted, values)])
    unpack, same_of = Struct(cut.form).unpack, itemgetter(*cut.same)
    _, *at, _ = min((each for each in noted if each[0] == "code"), key=itemgetter(3))
    known, number = values.known_of(value[slice(*at)])
    named = [at[0], at[1] - len(number)] if number else at[:1]
    return Layout(
        values,
        unpack,
        same_of,
        same_of(unpack(value)),
        itemgetter(*(cut.by_role[each][0] for each in _SINGLE)),
        next(slice(start, end) for role, start, end, _ in noted if role == "parties"),
        _family(noted),
        pick([cut.by_start[each] for each in named]),
        known[0],
        tuple(detail for role, *_, detail in noted if role == "party"),
        Picks(*(pick(cut.by_role.get(each, ())) for each in Picks._fields)),
        Memory(partial(add, look.likeness[:-_DAY]), _DAYS),
        look.offsets,
    )


def _pieces(value: bytes, noted: Sequence[Noted], values: Values) -> Iterator[Piece]:
    """What is not the same in all events of a layout, in its order."""
    for role, start, end, _ in noted:
        if role == "code":
            _, number = values.known_of(value[start:end])
            after = end - len(number)
            yield ("stem" if number else "whole"), start, after
            yield "number", after, end
        elif role == "parties":
            yield from party_ids(value, start)
        else:
            yield role, start, end


def _family(noted: Sequence[Noted]) -> tuple[slice, ...]:
    """Where a parent's code lies, and behind it those of children that may be equal to it."""
    parents = [slice(*at) for role, *at, rank in noted if role == "code" and rank == PARENT]
    children = [slice(*at) for role, *at, rank in noted if role == "code" and rank == CHILD]
    return tuple(
        each
        for parent in parents
        for each in (parent, *children)
        if each.stop - each.start == parent.stop - parent.start
    )
