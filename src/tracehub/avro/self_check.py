"""An engine shows at the start that it equals the reference, on a few good and bad values.

The tests compare far more; this finds an engine that was built for something else. Must not know
which engine it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from tracehub.avro.catalogue import Schema, event_subject
from tracehub.avro.codec import FRAME, SYMBOLS, Codec, write_record
from tracehub.avro.shape import Shape, shape_of
from tracehub.errors import ConfigError, RejectError
from tracehub.model.event import CATEGORIES

_LONG_TEXT: Final = "示例" * 12
_CUTS: Final = 2
_SAMPLES: Final[dict[str, tuple[Any, Any]]] = {
    "null": (None, None),
    "boolean": (False, True),
    "int": (0, -(2**31)),
    "long": (0, 1_700_000_000_000),
    "float": (0.0, -0.5),
    "double": (0.0, 2.5),
    "bytes": (b"", b"\xff" * 70),
    "string": ("", _LONG_TEXT),
}
"""The emptiest value and a full one."""


def check_engine(codec: Codec) -> None:
    """Compare a codec with the reference on every event schema of its catalogue.

    Raises:
        ConfigError: they differ.
    """
    for category in CATEGORIES:
        schema = codec.catalogue.newest(event_subject(category))
        for full in (False, True):
            value = _sample(schema, category, full=full)
            event = Codec.decode(codec, value).event
            if _differs(codec, "encode", event):
                raise _unequal(codec, schema, "encode")
        for each in (value, *_damaged(value)):
            for name in ("header", "offsets", "decode"):
                if _differs(codec, name, each):
                    raise _unequal(codec, schema, name)
        if codec.routing(value)[:3] != Codec.routing(codec, value)[:3]:
            raise _unequal(codec, schema, "routing")


def _sample(schema: Schema, category: str, *, full: bool) -> bytes:
    fields = _value(shape_of(schema), full=full)
    fields["header"]["category"] = SYMBOLS[category]
    return write_record(fields, schema)


def _value(shape: Shape, *, full: bool) -> Any:
    kind = shape[0]
    if kind in _SAMPLES:
        return _SAMPLES[kind][full]
    if kind == "record":
        return {field: _value(each, full=full) for field, each in shape[1]}
    if kind in {"enum", "union"}:
        chosen = shape[1][-1 if full else 0]
        return chosen if kind == "enum" else _value(chosen, full=full)
    if kind == "fixed":
        return bytes(shape[1])
    items = {_LONG_TEXT: _value(shape[1], full=True)} if full else {}
    return items if kind == "map" else list(items.values())


def _damaged(value: bytes) -> Iterator[bytes]:
    for at in range(FRAME, len(value), len(value) // _CUTS):
        yield value[:at]
        yield value[:at] + b"\xff" + value[at + 1 :]


def _differs(codec: Codec, name: str, given: Any) -> bool:
    """Does an engine's method give another result than the one it stands before?"""
    reference: Callable[[Any], Any] = partial(getattr(Codec, name), codec)
    return bool(_found(getattr(codec, name), given) != _found(reference, given))


def _found(call: Callable[[Any], Any], given: Any) -> Any:
    """A result, or the code of a refusal."""
    try:
        return call(given)
    except RejectError as error:
        return error.code


def _unequal(codec: Codec, schema: Schema, name: str) -> ConfigError:
    return ConfigError(
        f"services.codec: the {codec.engine} codec differs from the reference: {name} of "
        f"{schema.subject} version {schema.version}; set fastavro and report it"
    )
