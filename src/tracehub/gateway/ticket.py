"""Ticket: the id of an accepted document. It says where the document lies, so nothing is stored.

Any gateway can look it up. It never names a connection: the topic is made from the caller's own,
so a ticket leads nobody to another's records.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Final, NamedTuple

from tracehub.model.event import CATEGORIES

_LAYOUT: Final = struct.Struct(">BHq12s")
_DIGEST: Final = 12


class Ticket(NamedTuple):
    """A place in the caller's raw topic of one category, and the head of the bytes' digest."""

    category: str
    partition: int
    offset: int
    digest: bytes

    @property
    def id(self) -> str:
        """The ticket as text, for a path."""
        packed = _LAYOUT.pack(
            CATEGORIES.index(self.category), self.partition, self.offset, self.digest[:_DIGEST]
        )
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    def fits(self, digest: bytes) -> bool:
        """True when it was given for bytes with this SHA-256."""
        return digest[:_DIGEST] == self.digest[:_DIGEST]


def ticket_of(text: str) -> Ticket | None:
    """Read `Ticket.id` back; None when it is none."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        number, partition, offset, digest = _LAYOUT.unpack(packed)
    except (binascii.Error, ValueError, struct.error):
        return None
    if number >= len(CATEGORIES) or offset < 0:
        return None
    return Ticket(CATEGORIES[number], partition, offset, digest)
