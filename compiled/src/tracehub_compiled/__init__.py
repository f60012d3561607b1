"""The compiled parts of tracehub: codec of events, batches of records, rows of field tables."""

from typing import Final

from tracehub_compiled.batches import Records, checksum, is_whole, pack, seal
from tracehub_compiled.codec import (
    EventCodec,
    Forwarding,
    Looker,
    PlainLooker,
    Writer,
    body_check,
)
from tracehub_compiled.documents import is_faithful, resolved
from tracehub_compiled.rows import Rows
from tracehub_compiled.xml_events import XmlEvents

INTERFACE: Final = "d3a041c59312dcac"
"""As the hub expects it; the beginning of the SHA-256 of `__init__.pyi`."""

__all__ = [
    "INTERFACE",
    "EventCodec",
    "Forwarding",
    "Looker",
    "PlainLooker",
    "Records",
    "Rows",
    "Writer",
    "XmlEvents",
    "body_check",
    "checksum",
    "is_faithful",
    "is_whole",
    "pack",
    "resolved",
    "seal",
]
