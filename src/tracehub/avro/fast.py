"""A codec that is fast on what is written as usual, and the reference on all else.

An engine's functions may give up on any value; then the reference reads it anew and says what it
is, or why it is refused. So an engine never names a reject code, and one that gives up too often
is slow but not wrong. Must not know how an engine works.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.avro.catalogue import Catalogue, event_subject
from tracehub.avro.codec import FRAME, MAGIC, Codec, Decoded, Encoded, Offsets, Resolve
from tracehub.avro.look import Look, PlainSight, Sight
from tracehub.avro.routing import Routing
from tracehub.avro.runtime import Odd
from tracehub.avro.shape import Parts, Shape
from tracehub.errors import RejectError
from tracehub.model.event import CATEGORIES, Event, Header

GIVEN_UP: Final = (
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


Write: TypeAlias = Callable[[dict[str, Any], Header], Encoded]
"""Writes an event from its plain form and header; what it raises means that it can't."""
Recalled: TypeAlias = tuple[Header | None, bool | bytes]
PlainLook: TypeAlias = Callable[[dict[str, Any], bytes, dict[bytes, tuple[Header, bool]]], Recalled]
"""Looks at an event in its plain form, of a source, with what is known by likeness: a header, and
something beside it. When one like it is known, the event's header and what stands beside that; else
no header, and its likeness, which is empty when it is not as usual."""
Quick: TypeAlias = Callable[[list[Any], Any, str, str, str | None], list[Any]]
"""Records of a list, their document, its category, the list's name and its path -> what is found,
or None for each that the rows of the field table itself must look at."""


XmlRead: TypeAlias = Callable[[bytes], list[dict[str, Any]] | None]
"""The plain events of a document in XML, None of one that is not written in the usual way."""


class XmlForm(NamedTuple):
    """What readers of documents in XML are made from.

    Attributes:
        fields: name of an element -> key, kind (`text`, `list`, `record`, `records`, `typed` or
            `wrapper`), rank in the order of elements or -1, name of the elements in a list, and
            fields of a record, each with whether it is a number.
        types: names of events.
        own: namespaces whose names are EPCIS's own.
        refused: keys of extensions that mean something else.
        number: of a text that is no short whole number.
    """

    fields: Mapping[str, tuple[str, str, int, str, Mapping[str, bool]]]
    types: Iterable[str]
    own: Iterable[str]
    refused: Iterable[str]
    number: Callable[[str], Any]


class Looking(NamedTuple):
    """Looks at events (`look.py`).

    Attributes:
        by_frame: those of each schema that they can be made for, by the frame before the event.
        forwarding: as that of `Engine`, for events that are looked at.
    """

    by_frame: Mapping[bytes, Callable[[bytes], Look]]
    forwarding: Callable[..., Any] | None = None

    def look(self, value: bytes) -> Look | None:
        """What is found in an event; None when it has to be read in full."""
        look = self.by_frame.get(value[:FRAME])
        if look is None:
            return None
        try:
            return look(value)
        except GIVEN_UP:
            return None


class Functions(NamedTuple):
    """One event schema's code; all may raise any of what `FastCodec` catches.

    The result stands as it is; whatever is raised only means that the reference must look.
    """

    header: Callable[[bytes], Header]
    routing: Callable[[bytes], Routing]
    offsets: Callable[[bytes], Offsets]
    decode: Callable[[bytes], Decoded]
    encode: Callable[[Event, bytes], Encoded]


class Engine(NamedTuple):
    """What codes in place of the reference.

    Attributes:
        functions: those of each event schema, by its wire id.
        longest: of values up to so many bytes it counts no items, or needs not; a longer one is
            walked over first. An item takes a byte at least, but for those that engines leave.
        forwarding: makes what writes the outputs of a raw partition's checked events.
        looking: makes the looks of a sight.
        writing: makes what writes events from their plain form, by category; it is given what
            makes the shapes of their sections.
        filling: makes what fills plain events by the rows of a field table; it is given the rows,
            how the keys of kept fields begin, the fields that rows name, and what is made: a named
            tuple, and what it says of every event.
        plain_looking: makes the look of a sight on plain events.
        judging: as `forwarding`, for events that were judged in full.
        faithful: whether a document surely says all that its JSON text says: at most so deep, each
            number shorter than so many signs.
        xml_reading: makes the reader of documents in XML.
        resolve: puts names of events in JSON in full.
    """

    name: str
    functions: Mapping[int, Functions]
    longest: int
    forwarding: Callable[..., Any] | None = None
    looking: Callable[[Sight], Looking] | None = None
    writing: Callable[[Callable[[Parts], tuple[Shape, ...]]], Mapping[str, Write]] | None = None
    filling: Callable[..., Quick] | None = None
    plain_looking: Callable[[PlainSight], PlainLook] | None = None
    judging: Callable[..., Any] | None = None
    faithful: Callable[[bytes, Any, int, int], bool] | None = None
    xml_reading: Callable[[XmlForm], XmlRead] | None = None
    resolve: Resolve | None = None


class FastCodec(Codec):
    """The codec with an engine's functions before the reference."""

    def __init__(self, catalogue: Catalogue, engine: Engine) -> None:
        super().__init__(catalogue)
        self.engine, functions, self._longest, self.forwarding, self.looking, *_ = engine
        self.writing, self.filling, self.plain_looking = engine[5:8]
        self.judging, self.faithful = engine.judging, engine.faithful
        self.xml_reading, self.resolve = engine.xml_reading, engine.resolve
        by_frame = {frame_of(wire_id): each for wire_id, each in functions.items()}
        self._header_by = {frame: each.header for frame, each in by_frame.items()}
        self._routing_by = {frame: each.routing for frame, each in by_frame.items()}
        self._offsets_by = {frame: each.offsets for frame, each in by_frame.items()}
        self._decode_by = {frame: each.decode for frame, each in by_frame.items()}
        newest = {each: catalogue.newest(event_subject(each)).wire_id for each in CATEGORIES}
        self._encode_by = {
            category: (functions[wire_id].encode, frame_of(wire_id))
            for category, wire_id in newest.items()
        }

    def is_canonical(self, value: bytes) -> bool:
        """As the reference."""
        return value[:FRAME] in self._header_by

    def header(self, value: bytes) -> Header:
        """As the reference."""
        try:
            return self._header_by[value[:FRAME]](value)
        except GIVEN_UP:
            return super().header(value)

    def routing(self, value: bytes) -> Routing:
        """As the reference, with other `claims` and `parties`."""
        try:
            return self._routing_by[value[:FRAME]](value)
        except GIVEN_UP:
            return super().routing(value)

    def offsets(self, value: bytes) -> Offsets:
        """As the reference."""
        try:
            read = self._offsets_by[value[:FRAME]]
            if len(value) > self._longest:
                self._walk(value)
            return read(value)
        except GIVEN_UP:
            return super().offsets(value)

    def decode(self, value: bytes) -> Decoded:
        """As the reference."""
        try:
            read = self._decode_by[value[:FRAME]]
            if len(value) > self._longest:
                self._walk(value)
            return read(value)
        except GIVEN_UP:
            return super().decode(value)

    def encode(self, event: Event) -> Encoded:
        """As the reference."""
        try:
            write, frame = self._encode_by[event.header.category]
            return write(event, frame)
        except GIVEN_UP:
            return super().encode(event)

    def _walk(self, value: bytes) -> None:
        """Refuse too many items."""
        self._prescans[int.from_bytes(value[1:FRAME], "big")].check(value, FRAME)


def frame_of(wire_id: int) -> bytes:
    """What stands before an event of a schema."""
    return MAGIC.to_bytes(1, "big") + wire_id.to_bytes(4, "big")
