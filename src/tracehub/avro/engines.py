"""Which engine codes events: the fastest that is there, or the one that was asked for.

Must not know settings: only the name of an engine.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import Codec
from tracehub.avro.compiled import compiled
from tracehub.avro.fast import FastCodec
from tracehub.avro.generate import generated
from tracehub.avro.package import has_compiled
from tracehub.avro.self_check import check_engine
from tracehub.errors import ConfigError

EngineName: TypeAlias = Literal["auto", "fastavro", "generated", "compiled"]


def codec_of(catalogue: Catalogue, name: EngineName = "auto") -> Codec:
    """The codec of an engine, compared with the reference first.

    Raises:
        ConfigError: the engine is not installed, was built for another hub, or differs from the
            reference.
    """
    if name == "auto":
        name = "compiled" if has_compiled() else "generated"
    if name == "fastavro":
        return Codec(catalogue)
    if name == "compiled" and not has_compiled():
        raise ConfigError(
            "services.codec: the compiled codec is not installed; install tracehub[compiled], or "
            "set auto"
        )
    make = compiled if name == "compiled" else generated
    codec = FastCodec(catalogue, make(catalogue))
    check_engine(codec)
    return codec
