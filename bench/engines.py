"""The codec engines that are here, and how a process is told to use one."""

from __future__ import annotations

from collections.abc import Mapping

from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec


def engines() -> Mapping[str, Mapping[str, str]]:
    """The environment that chooses each engine, by its name."""
    return {Codec(bundled()).engine: {}}
