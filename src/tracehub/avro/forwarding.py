"""What writes the outputs of decided events in plain Python, as the compiled `Forwarding` does.

One loop over many records: what is the same for all events of a raw partition lies ready. Must not
know how an event is looked at, nor rules.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final
from zlib import crc32

from tracehub.avro.codec import FRAME
from tracehub.avro.fast import GIVEN_UP
from tracehub.avro.layout import Found
from tracehub.avro.look import Offsets
from tracehub.model.record import Received
from tracehub.remember import Memory

_FRONT: Final = struct.Struct(">2s32sIqqHI").pack
_LINK: Final = struct.Struct(">qi").pack
_OFFSETS: Final = struct.Struct(">4I")
_OFFSETS_AT: Final = 8
"""Behind the link, after both versions."""
_NEVER_DECLARED: Final = b"\0"
"""What follows the id in an effect key (`model/facts.py`)."""
_MEMORY: Final = 1024


class Forwarding:
    """What is the same for every event of one raw partition."""

    def __init__(  # noqa: PLR0913, PLR0917 - as the compiled part is made
        self,
        finds: Mapping[bytes, Callable[[bytes], Found]],
        start: bytes,
        partition: int,
        back: bytes,
        header: str,
        publisher: bytes,
        digest: Callable[[bytes], Any],
        *,
        by_parties: bool,
    ) -> None:
        """All that lies ready.

        Args:
            finds: what is found in an event, by the frame before it; what one raises leaves it.
            start: version and verdict, the first two bytes of the facts.
            partition: of the raw topic, and of every output.
            back: the facts behind the link.
            header: the name of the record header that carries facts.
            publisher: what stands before the event's id in an effect key.
            digest: makes a SHA-256 hash.
            by_parties: a verdict is remembered by the parties too.
        """
        before, behind = back[:_OFFSETS_AT], back[_OFFSETS_AT + _OFFSETS.size :]

        def back_of(offsets: Offsets) -> bytes:
            return before + _OFFSETS.pack(*offsets) + behind

        self._given = finds, digest(publisher).copy, Memory(back_of, _MEMORY)
        self._same = start, partition, header, by_parties

    def forward(  # noqa: PLR0913, PLR0917 - called once for many records
        self,
        batch: list[Received],
        at: int,
        plans: dict[object, Any],
        lines: Mapping[Any, tuple[Any, ...]],
        opened: Callable[[Any], tuple[Any, ...]],
        used: list[Any],
    ) -> int:
        """Write the outputs of the records from index `at` on; the index of the first that is left.

        It stops at what is not of the usual form, at what nobody has decided yet, and where an
        output is to be cut.
        """
        finds, digest_of, back_of = self._given
        start, partition, header, by_parties = self._same
        for number in range(at, len(batch)):
            _, _, value, _, _, offset, arrived, fault = batch[number]
            try:
                event_id, key, alike, parties, offsets = finds[value[:FRAME]](value)
            except GIVEN_UP:
                return number
            plan = plans.get((alike, parties) if by_parties else alike)
            if plan is None or plan.cuts or fault is not None:
                return number
            effect = digest_of()
            effect.update(event_id + _NEVER_DECLARED)
            front = _FRONT(start, effect.digest(), crc32(value), arrived, offset, partition, 0)
            place, back = _LINK(offset, 0), back_of[offsets]
            for line in lines.get(plan) or opened(plan):
                line.rows.append((key, value, ((header, front + line.before + back),)))
                line.before = place
            used.append(plan)
        return len(batch)
