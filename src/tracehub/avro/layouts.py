"""The layouts of events, or of headers, of one schema, in front of its look.

Nobody can fill their memory: what there is too much of is forgotten as a whole. Must not know what
a layout looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from tracehub.avro.codec import FRAME
from tracehub.avro.layout import Fitting, Found
from tracehub.avro.look import Look
from tracehub.avro.look_values import Noted

Looked: TypeAlias = tuple[Look, list[Noted]]
_MOST_BYTES: Final = 4096
_MOST_VALUES: Final = 64
_MOST_LAYOUTS: Final = 1024
_MOST_SEEN: Final = 8192
_ALIKE: Final = 4
"""So many layouts may begin in the same way."""
_FIRST: Final = 16
_SECOND: Final = 24
"""Bytes by which layouts are told apart: behind the event's id, and behind its time."""


class Layouts:
    """Looks at events by their layouts, and at what has none by the look itself.

    Args:
        read: the look itself.
        make: makes a layout of what was looked at.
        size_of: a number that differs between layouts.
    """

    def __init__(
        self,
        read: Callable[[bytes], Looked],
        make: Callable[[bytes, Look, Sequence[Noted]], Fitting | None],
        size_of: Callable[[bytes], int] = len,
    ) -> None:
        self._read = read
        self._make = make
        self._size_of = size_of
        self._starts: dict[tuple[int, bytes], tuple[int, dict[bytes, list[Fitting]]]] = {}
        self._seen: dict[tuple[int, bytes, bytes], int] = {}
        self._count = 0

    def look(self, value: bytes) -> Look:
        """What is found in an event.

        Raises:
            any of `GIVEN_UP`: it has to be read in full.
        """
        event_id, key, likeness, parties, offsets = self.find(value)
        return Look(event_id.decode(), key, likeness, parties, offsets)

    def find(self, value: bytes) -> Found:
        """As `look()`."""
        start = FRAME + 1 + (value[FRAME] >> 1)
        known = self._starts.get((self._size_of(value), value[start : start + _FIRST]))
        if known is not None:
            at, layouts = known
            for layout in layouts.get(value[at : at + _SECOND], ()):
                found = layout.find(value)
                if found is not None:
                    return found
        look, noted = self._read(value)
        if len(value) <= _MOST_BYTES and len(noted) <= _MOST_VALUES:
            self._note(value, start, look, noted)
        event_id, key, likeness, parties, offsets = look
        return event_id.encode(), key, likeness, parties, offsets

    def _note(self, value: bytes, start: int, look: Look, noted: Sequence[Noted]) -> None:
        """Make a layout of one that has come again, the later the more there are that begin so."""
        if self._count >= _MOST_LAYOUTS or len(self._seen) >= _MOST_SEEN:
            self._starts.clear()
            self._seen.clear()
            self._count = 0
        first = self._size_of(value), value[start : start + _FIRST]
        after = next((end for role, _, end, _ in noted if role == "instant"), 0)
        at, layouts = self._starts.setdefault(first, (after, {}))
        second = value[at : at + _SECOND]
        times = self._seen[*first, second] = self._seen.get((*first, second), 0) + 1
        alike = layouts.setdefault(second, [])
        if times >= 2 << len(alike) and len(alike) < _ALIKE:
            layout = self._make(value, look, noted)
            if layout is not None:
                alike.append(layout)
                self._count += 1
