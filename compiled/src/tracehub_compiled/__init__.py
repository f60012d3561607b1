"""The compiled parts of tracehub: the codec of events, and batches of records."""

from tracehub_compiled.batches import Records, checksum, is_whole, pack, seal
from tracehub_compiled.codec import EventCodec, Forwarding

__all__ = ["EventCodec", "Forwarding", "Records", "checksum", "is_whole", "pack", "seal"]
