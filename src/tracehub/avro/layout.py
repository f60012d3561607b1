"""Layouts: where its own values stand in an event that was looked at.

An event with the same bytes everywhere else, and values of the same lengths, would be walked over
in the same way and come to the same likeness. So of the next one of a layout all those bytes are
compared at once, and nothing but the values is looked at, as the look itself would do it. What is
an event's own and comes again and again, such as its parties, is looked at once, with the bytes
around it. What does not fit is looked at anew. Must not know schemas or rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import add, itemgetter
from typing import Final, NamedTuple, Protocol, TypeAlias

from tracehub.avro.look import Look, Offsets
from tracehub.avro.look_values import CHILD, PARENT, Noted, Values
from tracehub.avro.pieces import Parts, Pick, Piece, cut_up, party_ids, pick, some
from tracehub.avro.runtime import PRINTED
from tracehub.remember import Memory

_DAY: Final = 4
"""Bytes of the day at the end of a likeness."""
_DAYS: Final = 8
_SINGLE: Final = ("id", "key", "instant", "occurred")
_OFTEN: Final = frozenset({"stem", "party", "party id"})
"""Roles of values that come again in other events, with the same bytes around them."""
_OWN: Final = frozenset(
    {*_SINGLE, "number", "whole", "text", "time", "value", "finite", "amount"},
)
_LONGEST: Final = 256
"""Of a value that there is one of in each event; a longer one is no usual one."""
_LARGEST: Final = float("inf")


Found: TypeAlias = tuple[bytes, bytes, bytes, bytes, Offsets]
"""A `Look` as a plain tuple, its id in bytes: one is made per event and unpacked at once."""


class Fitting(Protocol):
    """One layout."""

    def find(self, value: bytes) -> Found | None:
        """What is found in an event; None when it has to be looked at anew.

        Raises:
            any of `GIVEN_UP`: it has to be read in full.
        """


class Picks(NamedTuple):
    """What picks out the values of each role; None when there is none."""

    text: Pick | None
    amount: Pick | None
    whole: Pick | None
    time: Pick | None
    value: Pick | None
    finite: Pick | None


class Often(NamedTuple):
    """How the values of `_OFTEN` are looked at, once for the same bytes.

    Attributes:
        of: takes them out of an event, and what stands between them and the event's own.
        same_of, same: the pieces that are the same in all events of the layout.
        stem: what stands before each number.
        numbers: of each code that ends in a number of its own where that stands, and its length.
        named: of the code that the header names, what stands before its number.
        scheme: of that code.
        party: the codes of entries of parties.
        entries: side and type of each of them.
    """

    of: Callable[[bytes], Parts]
    same_of: Callable[[Parts], Parts]
    same: Parts
    stem: Pick
    numbers: Sequence[tuple[int, int]]
    named: int | None
    scheme: bytes
    party: Pick
    entries: Sequence[tuple[int, str | None]]


Settled: TypeAlias = "tuple[Layout, bytes, bytes | None, Pick | None, Pick | None]"
"""What follows from all but an event's own values: the layout, the header's parties, what the key
begins with unless the header names a whole code, the numbers that are digits, and all others."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Looks at the events of one layout.

    Attributes:
        rest_of: all but an event's own values.
        own_of: these.
        single_of: the values of `_SINGLE`.
        parties: where those of the header lie.
        family: where a parent's code lies, and those of its children that are as long.
        named: of the code that the header names, its number, or the whole code.
        rare: there are values besides texts and amounts.
        alike: the likeness by the day.
    """

    values: Values
    rest_of: Callable[[bytes], Parts]
    own_of: Callable[[bytes], Parts]
    single_of: Callable[[Parts], Parts]
    parties: slice
    family: tuple[slice, ...]
    named: int
    often: Often
    picks: Picks
    rare: bool
    alike: Mapping[bytes, bytes]
    offsets: Offsets

    def find(self, value: bytes) -> Found | None:
        """As `Fitting`."""
        rest, values = self.rest_of(value), self.values
        settled = values.settled.get(rest)
        if settled is None or settled[0] is not self:
            settled = self._settle(value)
            if settled is None:
                return None
            values.settle(rest, settled)
        _, written, before, digits, others = settled
        own = self.own_of(value)
        event_id, key, instant, occurred = self.single_of(own)
        moment = values.moment(occurred)
        if moment is None or moment[0] != instant or event_id.translate(None, PRINTED):
            return None
        if (digits and not b"".join(digits(own)).isdigit()) or (
            others and not b"".join(others(own)).isalnum()
        ):
            return None
        expected = self._key(own) if before is None else before + own[self.named]
        if key != expected or not self._passes(own):
            return None
        if self.family and value[self.family[0]] in map(value.__getitem__, self.family[1:]):
            return None
        return event_id, key, self.alike[moment[1]], written, self.offsets

    def _settle(self, value: bytes) -> Settled | None:
        """Look at what comes again in other events."""
        often, stems = self.often, self.values.stems
        parts, written = often.of(value), value[self.parties]
        if often.same_of(parts) != often.same or not written.isascii():
            return None
        digits, others = list[int](), list[int]()
        for stem, (at, size) in zip(often.stem(parts), often.numbers, strict=True):
            known = stems[stem]
            if not known or (known[2] and known[2] != size):
                return None
            (digits if known[2] else others).append(at)
        names, parties = self.values.parties_in[written], self.values.parties
        for (side, kind), text in zip(often.entries, often.party(parts), strict=True):
            found = parties[side, kind, text]
            if found is None or (found and found not in names):
                return None
        before = None
        if often.named is not None:
            known = stems[parts[often.named]]
            if not known or known[0] != often.scheme:
                return None
            before = known[1]
        return self, written, before, some(digits), some(others)

    def _key(self, own: Parts) -> bytes | None:
        """The key of the whole code that the header names."""
        known, _ = self.values.known_of(own[self.named])
        return known[1] if known[0] == self.often.scheme else None

    def _passes(self, own: Parts) -> bool:
        """Every value that no other asks for is good by itself."""
        text, amount, *_ = self.picks
        if text:
            texts = text(own)
            if not b"".join(texts).isascii():
                for each in texts:
                    each.decode()
        if amount:
            for each in amount(own):
                if not 0 <= each < _LARGEST:
                    return False
        return not self.rare or self._rarely(own)

    def _rarely(self, own: Parts) -> bool:
        """The same of values that few events have."""
        _, _, whole, time, value, finite = self.picks
        for each in whole(own) if whole else ():
            self.values.known_of(each)
        return (
            not (time and None in map(self.values.moment, time(own)))
            and not (finite and any(each - each != 0 for each in finite(own)))
            and (not value or all(map(self.values.is_value, value(own))))
        )


def layout_of(values: Values, value: bytes, look: Look, noted: Sequence[Noted]) -> Fitting | None:
    """The layout of an event that was looked at; None when it has an unusual form."""
    once = [role for role, start, end, _ in noted if end - start <= _LONGEST]
    if any(once.count(each) != 1 for each in (*_SINGLE, "parties")):
        return None
    pieces, size = [*_pieces(value, noted, values)], len(value)
    rest = cut_up(size, (each for each in pieces if each[0] not in _OFTEN))
    own = cut_up(size, pieces, _OWN, gaps=False)
    _, at, end, _ = min((each for each in noted if each[0] == "code"), key=itemgetter(3))
    known, number = values.known_of(value[at:end])
    picks = Picks(*(some(own.by_role.get(each, ())) for each in Picks._fields))
    return Layout(
        values,
        rest.unpack,
        own.unpack,
        itemgetter(*(own.by_role[each][0] for each in _SINGLE)),
        next(slice(start, end) for role, start, end, _ in noted if role == "parties"),
        _family(noted),
        own.by_start[end - len(number) if number else at],
        _often(value, pieces, known[0], at if number else None, noted),
        picks,
        any(picks[2:]),
        Memory(partial(add, look.likeness[:-_DAY]), _DAYS),
        look.offsets,
    )


def _often(
    value: bytes, pieces: Sequence[Piece], scheme: bytes, named: int | None, noted: Sequence[Noted]
) -> Often:
    """How what comes again is looked at; the code that the header names begins at `named`."""
    cut = cut_up(len(value), pieces, _OFTEN - {"party id"})
    own = cut_up(len(value), pieces, _OWN, gaps=False)
    same_of = itemgetter(*cut.gaps)
    sizes = [end - start for role, start, end in pieces if role == "number" and start < end]
    return Often(
        cut.unpack,
        same_of,
        same_of(cut.unpack(value)),
        pick(cut.by_role.get("stem", ())),
        tuple(zip(own.by_role.get("number", ()), sizes, strict=True)),
        None if named is None else cut.by_start[named],
        scheme,
        pick(cut.by_role.get("party", ())),
        tuple(detail for role, *_, detail in noted if role == "party"),
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
