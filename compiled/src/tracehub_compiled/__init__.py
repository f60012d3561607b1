"""The compiled codec engine of tracehub."""

from tracehub_compiled.codec import EventCodec

__all__ = ["EventCodec"]
