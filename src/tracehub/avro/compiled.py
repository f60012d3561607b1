"""The compiled engine: tables for `tracehub-compiled`, a package of its own that may be absent.

Must not know records that are no events.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from tracehub.avro.catalogue import Catalogue, event_subject
from tracehub.avro.codec import FRAME, SLUGS, UNKNOWN, Decoded, Encoded
from tracehub.avro.fast import (
    Engine,
    Functions,
    Looking,
    PlainLook,
    Quick,
    Write,
    XmlForm,
    XmlRead,
    frame_of,
)
from tracehub.avro.look import Look, PlainSight, Sight, sections_of
from tracehub.avro.package import compiled_parts
from tracehub.avro.prescan import MAX_ITEMS
from tracehub.avro.routing import Routing
from tracehub.avro.shape import Parts, Shape, optional, parts_of
from tracehub.errors import ConfigError
from tracehub.model.event import CATEGORIES, Event, Header, Party, Product

_TYPES: Final = (Event, Decoded, Encoded, Routing)


def compiled(catalogue: Catalogue) -> Engine:
    """The engine for the event schemas of a catalogue; it counts items itself.

    Raises:
        ConfigError: the package does not fit, or a schema has more than header and digests before
            the sections.
    """
    code = compiled_parts()
    events = (each for each in catalogue if each.head)
    codecs = {each.wire_id: _codec(code.EventCodec, parts_of(each)) for each in events}
    functions = {wire_id: _functions(each) for wire_id, each in codecs.items()}
    by_frame = {frame_of(wire_id): each for wire_id, each in codecs.items()}
    forwarding = partial(code.Forwarding, by_frame)
    given = code, catalogue, by_frame
    looking, writing = partial(_looking, *given), partial(_writing, *given)
    made = looking, writing, partial(_filling, code), partial(_plain_looking, code), forwarding
    read = code.is_faithful, partial(_xml_reading, code), code.resolved
    return Engine("compiled", functions, sys.maxsize, forwarding, *made, *read)


def _xml_reading(code: Any, form: XmlForm) -> XmlRead:
    read: XmlRead = code.XmlEvents(*form).read
    return read


def _plain_looking(code: Any, sight: PlainSight) -> PlainLook:
    looker = code.PlainLooker(sight.marks, sight.own, tuple(sight.checks), (Header, Product))
    look: PlainLook = looker.look
    return look


def _looking(code: Any, catalogue: Catalogue, codecs: Mapping[bytes, Any], sight: Sight) -> Looking:
    """The looks of every schema whose fields are all marked."""
    lookers = {}
    for schema in catalogue:
        if schema.head:
            frame = frame_of(schema.wire_id)
            with suppress(LookupError, TypeError):
                sections = sections_of(parts_of(schema), sight)
                lookers[frame] = code.Looker(
                    codecs[frame], sections, sight.largest, sight.own, tuple(sight.checks), Look
                )
    looks = {frame: each.look for frame, each in lookers.items()}
    return Looking(looks, partial(code.Forwarding, lookers) if lookers else None)


def _writing(
    code: Any,
    catalogue: Catalogue,
    codecs: Mapping[bytes, Any],
    form: Callable[[Parts], tuple[Shape, ...]],
) -> Mapping[str, Write]:
    """What writes events of each category whose schema has a form."""
    writers = {}
    for category in CATEGORIES:
        schema = catalogue.newest(event_subject(category))
        frame = frame_of(schema.wire_id)
        with suppress(LookupError, TypeError):
            writers[category] = code.Writer(codecs[frame], frame, form(parts_of(schema))).write
    return writers


def _filling(code: Any, *given: Any) -> Quick:
    read: Quick = code.Rows(*given).read
    return read


def _functions(code: Any) -> Functions:
    return Functions(code.header, code.routing, code.offsets, code.decode, code.encode)


def _codec(make: Callable[..., Any], parts: Parts) -> Any:
    (_, header), *rest = parts[0]
    if [name for name, _ in rest] != ["digests"]:
        raise ConfigError(
            "services.codec: the compiled codec knows header and digests before the sections, and "
            "nothing else; set generated"
        )
    named = _named(Header, header)
    head = (named, ("series", rest[0][1][1]))
    sections = tuple(optional(each) for each in parts[1])
    fields = tuple((name, shape) for (name, _), (_, shape) in zip(header[1], named[2], strict=True))
    return make(FRAME, MAX_ITEMS, head, fields, sections, _TYPES)


def _named(kind: Any, shape: Shape) -> Shape:
    """A record that is read as a named tuple; fields that this does not have are left out."""
    slots = {name: slot for slot, name in enumerate(kind._fields)}
    return (
        "named",
        kind,
        tuple((slots.get(name, -1), _FIELDS.get(name, _as_is)(each)) for name, each in shape[1]),
    )


def _slugs(shape: Shape) -> Shape:
    words = tuple(SLUGS.get(symbol, UNKNOWN) for symbol in shape[1])
    known = {SLUGS[symbol]: at for at, symbol in enumerate(shape[1]) if symbol in SLUGS}
    return ("enum", words, known)


def _as_is(shape: Shape) -> Shape:
    return shape


_FIELDS: Final[Mapping[str, Callable[[Shape], Shape]]] = {
    "category": _slugs,
    "kinds": lambda shape: ("series", _slugs(shape[1])),
    "parties": lambda shape: ("series", _named(Party, shape[1])),
    "product": lambda shape: _named(Product, shape),
    "addressees": lambda shape: ("series", shape[1]),
}
