"""Facts: what the hub itself establishes about an event, packed into the record header `th`.

Claims travel in the event, facts beside it: the bytes a publisher signed are never touched, and a
publisher's own `th` is ignored. Must not know how an event is encoded.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

from tracehub.errors import RejectError
from tracehub.model.record import Headers, Position, header_value

HEADER_NAME: Final = "th"
VERSION: Final = 1
VERDICTS: Final = ("none", "accept", "accept-normalised")

# Version, verdict, effect key, body check, received_at, offset, partition, item; then the previous
# offset and item; then rules version, catalogue version and four section offsets; the topic's name
# follows. In three parts, because the outputs of one event differ mostly in the second.
_FRONT: Final = struct.Struct(">BB32sIqqHI")
_LINK: Final = struct.Struct(">qi")
_BACK: Final = struct.Struct(">4s4s4I")
_LAYOUT: Final = struct.Struct(">BB32sIqqHIqi4s4s4I")
NUMBERS: Final = {verdict: number for number, verdict in enumerate(VERDICTS)}
_NO_PREVIOUS: Final = (-1, -1)


class Facts(NamedTuple):
    """What the hub knows of one output.

    Attributes:
        position: where the raw record lies; with `item` it names the event for ever.
        item: index of the event inside the raw record's document.
        effect_key: 32 bytes that a receiver holds unique (`effect_key()`).
        body_check: CRC-32 of the output's value: shows a change anywhere after the exchange.
        received_at: when the bus took the raw record, ms.
        verdict: one of `VERDICTS`.
        rules_version: 4 bytes, digest of rules and tables that made this output.
        catalogue_version: 4 bytes, digest of the product catalogue it was judged by.
        offsets: start of each body section in the value, in wire order; all 0 when unknown.
        previous: raw (offset, item) of the record sent before this one from the same raw
            partition to the same output partition; (-1, -1) for the first.
    """

    position: Position
    item: int
    effect_key: bytes
    body_check: int
    received_at: int
    verdict: str
    rules_version: bytes
    catalogue_version: bytes
    offsets: tuple[int, int, int, int] = (0, 0, 0, 0)
    previous: tuple[int, int] = _NO_PREVIOUS

    def pack(self) -> bytes:
        """The header's bytes."""
        topic, partition, offset = self.position
        number, key, check = NUMBERS[self.verdict], self.effect_key, self.body_check
        front = pack_front(
            VERSION, number, key, check, self.received_at, offset, partition, self.item
        )
        versions = self.rules_version, self.catalogue_version
        return front + pack_link(*self.previous) + pack_back(versions, self.offsets, topic)

    def header(self) -> tuple[str, bytes]:
        """The record header that carries these facts."""
        return (HEADER_NAME, self.pack())


pack_front: Final = _FRONT.pack
"""Of version, verdict's number, effect key, body check, received_at, offset, partition, item."""
pack_link: Final = _LINK.pack
"""Of the previous offset and item. `Facts.pack()` is the three parts, one after the other."""


def unpack_link(packed: bytes) -> tuple[int, int]:
    """Read `pack_link()` back."""
    offset, item = _LINK.unpack(packed)
    return offset, item


def pack_back(
    versions: tuple[bytes, bytes], offsets: tuple[int, int, int, int], topic: str
) -> bytes:
    """Of rules version and catalogue version, the sections' offsets and the raw topic."""
    return _BACK.pack(*versions, *offsets) + topic.encode("ascii")


def unpack(packed: bytes) -> Facts:
    """Read `Facts.pack()` back.

    Raises:
        RejectError: `facts/unreadable` when the bytes are not a version this hub knows.
    """
    if len(packed) <= _LAYOUT.size or packed[0] != VERSION or packed[1] >= len(VERDICTS):
        raise RejectError(
            "facts/unreadable",
            f"the record header '{HEADER_NAME}' is not version {VERSION}: this record was not "
            "written by a hub of this generation; upgrade the reader or check who may write here",
        )
    fields = _LAYOUT.unpack_from(packed)
    _, verdict, key, check, received_at, offset, partition, item, *rest = fields
    before, before_item, rules, catalogue, *offsets = rest
    topic = packed[_LAYOUT.size :].decode("ascii", "replace")
    return Facts(
        Position(topic, partition, offset),
        item,
        key,
        check,
        received_at,
        VERDICTS[verdict],
        rules,
        catalogue,
        (offsets[0], offsets[1], offsets[2], offsets[3]),
        (before, before_item),
    )


def facts_of(headers: Headers) -> Facts:
    """The facts among a record's headers.

    Raises:
        RejectError: `facts/unreadable` when there are none.
    """
    return unpack(header_value(headers, HEADER_NAME) or b"")


def effect_keys(connection: str) -> Callable[[str, int], bytes]:
    """The effect keys of one publisher, by event id and declaration time.

    What a receiver holds unique: SHA-256 over publisher, event id and declaration time. A
    publisher's retry has the same key; a correction, which repeats the id of the event that it
    corrects (EPCIS 2.0 section 7.4.1.4), has another; no publisher can occupy another's ids.
    """
    prefix, digest = f"{connection}\0", hashlib.sha256

    def key(event_id: str, declared_at: int) -> bytes:
        return digest(f"{prefix}{event_id}\0{declared_at or ''}".encode()).digest()

    return key


def effect_key(connection: str, event_id: str, declared_at: int) -> bytes:
    """One of `effect_keys()`."""
    return effect_keys(connection)(event_id, declared_at)


def body_check(value: bytes) -> int:
    """CRC-32 of an output's value."""
    return zlib.crc32(value)
