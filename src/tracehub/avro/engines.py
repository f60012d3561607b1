"""Which engine codes events: the fastest that is there, or the one that was asked for.

Must not know settings: only the name of an engine.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from tracehub.avro import generate
from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import Codec
from tracehub.avro.fast import FastCodec
from tracehub.avro.self_check import check_engine

Engine: TypeAlias = Literal["auto", "fastavro", "generated"]
FASTEST: Final[Engine] = "generated"


def codec_of(catalogue: Catalogue, engine: Engine = "auto") -> Codec:
    """The codec of an engine, compared with the reference first.

    Raises:
        ConfigError: the engine differs from the reference.
    """
    if engine == Codec.engine:
        return Codec(catalogue)
    codec = FastCodec(catalogue, FASTEST, generate.functions_of(catalogue))
    check_engine(codec)
    return codec
