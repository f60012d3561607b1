"""A codec that is fast on what is written as usual, and the reference on all else.

An engine's functions may give up on any value; then the reference reads it anew and says what it
is, or why it is refused. So an engine never names a reject code, and one that gives up too often
is slow but not wrong. Must not know how an engine works.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tracehub.avro.catalogue import Catalogue, event_subject
from tracehub.avro.codec import FRAME, MAGIC, Codec, Decoded, Encoded, Offsets
from tracehub.avro.prescan import MAX_ITEMS
from tracehub.avro.routing import Routing
from tracehub.avro.runtime import Odd
from tracehub.errors import RejectError
from tracehub.model.event import CATEGORIES, Event, Header

_GIVEN_UP: Final = (
    Odd,
    RejectError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
    struct.error,
)


class Functions(NamedTuple):
    """One event schema's code; all may raise any of what `FastCodec` catches.

    The result stands as it is; whatever is raised only means that the reference must look.
    """

    header: Callable[[bytes], Header]
    routing: Callable[[bytes], Routing]
    offsets: Callable[[bytes], Offsets]
    decode: Callable[[bytes], Decoded]
    encode: Callable[[Event, bytes], Encoded]


class FastCodec(Codec):
    """The codec with an engine's functions before the reference."""

    def __init__(
        self, catalogue: Catalogue, engine: str, functions: Mapping[int, Functions]
    ) -> None:
        super().__init__(catalogue)
        self.engine = engine
        by_frame = {_frame(wire_id): each for wire_id, each in functions.items()}
        self._header_by = {frame: each.header for frame, each in by_frame.items()}
        self._routing_by = {frame: each.routing for frame, each in by_frame.items()}
        self._offsets_by = {frame: each.offsets for frame, each in by_frame.items()}
        self._decode_by = {frame: each.decode for frame, each in by_frame.items()}
        newest = {each: catalogue.newest(event_subject(each)).wire_id for each in CATEGORIES}
        self._encode_by = {
            category: (functions[wire_id].encode, _frame(wire_id))
            for category, wire_id in newest.items()
        }

    def is_canonical(self, value: bytes) -> bool:
        """As the reference."""
        return value[:FRAME] in self._header_by

    def header(self, value: bytes) -> Header:
        """As the reference."""
        try:
            return self._header_by[value[:FRAME]](value)
        except _GIVEN_UP:
            return super().header(value)

    def routing(self, value: bytes) -> Routing:
        """As the reference, with other `claims` and `parties`."""
        try:
            return self._routing_by[value[:FRAME]](value)
        except _GIVEN_UP:
            return super().routing(value)

    def offsets(self, value: bytes) -> Offsets:
        """As the reference."""
        try:
            read = self._offsets_by[value[:FRAME]]
            if len(value) > MAX_ITEMS:
                self._walk(value)
            return read(value)
        except _GIVEN_UP:
            return super().offsets(value)

    def decode(self, value: bytes) -> Decoded:
        """As the reference."""
        try:
            read = self._decode_by[value[:FRAME]]
            if len(value) > MAX_ITEMS:
                self._walk(value)
            return read(value)
        except _GIVEN_UP:
            return super().decode(value)

    def encode(self, event: Event) -> Encoded:
        """As the reference."""
        try:
            write, frame = self._encode_by[event.header.category]
            return write(event, frame)
        except _GIVEN_UP:
            return super().encode(event)

    def _walk(self, value: bytes) -> None:
        """Refuse too many items: an item has a byte at least, so a short value can't hold them."""
        self._prescans[int.from_bytes(value[1:FRAME], "big")].check(value, FRAME)


def _frame(wire_id: int) -> bytes:
    return MAGIC.to_bytes(1, "big") + wire_id.to_bytes(4, "big")
