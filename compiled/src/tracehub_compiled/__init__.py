"""The compiled parts of tracehub: the codec of events, and batches of records."""

from typing import Final

from tracehub_compiled.batches import Records, checksum, is_whole, pack, seal
from tracehub_compiled.codec import EventCodec, Forwarding, Looker, Writer

INTERFACE: Final = "8a4b01baf77b38b2"
"""As the hub expects it; the beginning of the SHA-256 of `__init__.pyi`."""

__all__ = [
    "INTERFACE",
    "EventCodec",
    "Forwarding",
    "Looker",
    "Records",
    "Writer",
    "checksum",
    "is_whole",
    "pack",
    "seal",
]
