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
from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.avro.look import Look, Offsets
from tracehub.avro.look_values import CHILD, PARENT, Memory, Noted, Values, number_at
from tracehub.avro.runtime import new

_Parts: TypeAlias = tuple[Any, ...]
_Pick: TypeAlias = Callable[[_Parts], Sequence[Any]]
_Piece: TypeAlias = tuple[str, int, int]
"""Role, start and end."""
_DAY: Final = 4
"""Bytes of the day at the end of a likeness."""
_DAYS: Final = 8
_SINGLE: Final = ("id", "key", "instant", "occurred")
_LONGEST: Final = 256
"""Of a value that there is one of in each event; a longer one is no usual one."""
_PRINTED: Final = bytes(range(0x21, 0x7F))
_UNSEEN: Final = frozenset({"digest", "party id"})
"""Roles that are not picked out: nothing is asked of them, or they are looked at together."""
_FIGURES: Final = frozenset({"finite", "amount"})


class Picks(NamedTuple):
    """What picks out the values of each role.

    Attributes:
        stem, number: both parts of each code that ends in a number of its own.
        whole: all other codes.
        party: the codes of entries of parties.
        text: what has to be text, and nothing else.
        value: of extensions.
    """

    stem: _Pick
    number: _Pick
    whole: _Pick
    party: _Pick
    text: _Pick
    time: _Pick
    value: _Pick
    finite: _Pick
    amount: _Pick


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
    unpack: Callable[[bytes], _Parts]
    same_of: Callable[[_Parts], _Parts]
    same: _Parts
    single_of: Callable[[_Parts], _Parts]
    parties: slice
    family: tuple[slice, ...]
    named_of: _Pick
    scheme: bytes
    entries: Sequence[tuple[int, str | None]]
    picks: Picks
    alike: Mapping[bytes, bytes]
    offsets: Offsets

    def look(self, value: bytes) -> Look | None:
        """What is found in an event; None when it has to be looked at anew.

        Raises:
            any of `GIVEN_UP`: it has to be read in full.
        """
        parts = self.unpack(value)
        if self.same_of(parts) != self.same:
            return None
        event_id, key, instant, occurred = self.single_of(parts)
        moment = self.values.moments[occurred]
        if moment is None or moment[0] != instant or event_id.translate(None, _PRINTED):
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

    def _names(self, parts: _Parts, key: bytes) -> bool:
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

    def _knows(self, parts: _Parts, written: bytes) -> bool:
        """The header has every party that an entry asks for."""
        names, parties = self.values.parties_in[written], self.values.parties
        for (side, kind), text in zip(self.entries, self.picks.party(parts), strict=True):
            found = parties[side, kind, text]
            if found is None or (found and found not in names):
                return False
        return True

    def _passes(self, parts: _Parts) -> bool:
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


def layout_of(value: bytes, look: Look, noted: Sequence[Noted], values: Values) -> Layout | None:
    """The layout of an event that was looked at; None when it has an unusual form."""
    once = [role for role, start, end, _ in noted if end - start <= _LONGEST]
    if any(once.count(each) != 1 for each in (*_SINGLE, "parties")):
        return None
    cut = _cut(len(value), [*_pieces(value, noted, values)])
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
        _pick([cut.by_start[each] for each in named]),
        known[0],
        tuple(detail for role, *_, detail in noted if role == "party"),
        Picks(*(_pick(cut.by_role.get(each, ())) for each in Picks._fields)),
        Memory(partial(add, look.likeness[:-_DAY]), _DAYS),
        look.offsets,
    )


def _pieces(value: bytes, noted: Sequence[Noted], values: Values) -> Iterator[_Piece]:
    """What is not the same in all events of a layout, in its order."""
    for role, start, end, _ in noted:
        if role == "code":
            _, number = values.known_of(value[start:end])
            after = end - len(number)
            yield ("stem" if number else "whole"), start, after
            yield "number", after, end
        elif role == "parties":
            yield from _party_ids(value, start)
        else:
            yield role, start, end


def _party_ids(value: bytes, at: int) -> Iterator[_Piece]:
    """The ids in a header's list of parties."""
    count, at = number_at(value, at)
    for _ in range(count >> 1):
        start = at
        for _ in range(3):
            size, start = number_at(value, at)
            at = start + (size >> 1)
        yield "party id", start, at


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


class _Cut(NamedTuple):
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


def _cut(size: int, pieces: Sequence[_Piece]) -> _Cut:
    cut, form, at, number = _Cut("<", [], {}, {}), [], 0, 0
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


def _pick(numbers: Sequence[int]) -> _Pick:
    """Picks out pieces by their numbers."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    return itemgetter(slice(numbers[0], numbers[0] + 1) if numbers else slice(0))
