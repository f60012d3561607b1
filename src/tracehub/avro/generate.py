"""The generated engine: plain Python made from the schemas, once in a process.

It takes the catalogue that the hub runs with, whoever's that is; nothing generated is kept in
files, so nothing can be stale. Must not know records that are no events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, Final

from tracehub.avro import runtime
from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import FRAME, Decoded, Encoded
from tracehub.avro.emit import Source
from tracehub.avro.emit_event import write_event
from tracehub.avro.emit_head import write_head
from tracehub.avro.emit_look import write_look
from tracehub.avro.fast import Engine, Functions, Looking, frame_of
from tracehub.avro.forwarding import Forwarding
from tracehub.avro.layout import layout_of
from tracehub.avro.layout_head import head_layout_of
from tracehub.avro.layouts import Layouts, Looked
from tracehub.avro.look import UNSEEN, Look, Sight, sections_of
from tracehub.avro.look_values import Values
from tracehub.avro.prescan import MAX_ITEMS
from tracehub.avro.routing import Routing
from tracehub.avro.shape import Parts, parts_of
from tracehub.model.event import Event, Header, Party, Product

_MADE_FROM: Final = (Decoded, Encoded, Event, Functions, Header, Party, Product, Routing)
_NAMES: Final[Mapping[str, Any]] = {each.__name__: each for each in _MADE_FROM} | vars(runtime)


def generated(catalogue: Catalogue) -> Engine:
    """The engine for the event schemas of a catalogue; it counts no items."""
    parts = {each.wire_id: parts_of(each) for each in catalogue if each.head}
    made = _made(tuple(parts.values()))
    functions = dict(zip(parts, made, strict=True))
    heads = {
        frame: Layouts(read, head_layout_of, itemgetter(FRAME)).find
        for frame, read in heads_of(parts).items()
    }
    looking = partial(_looking, parts)
    return Engine("generated", functions, MAX_ITEMS, partial(Forwarding, heads), looking)


def heads_of(parts: Mapping[int, Parts]) -> Mapping[bytes, Callable[[bytes], Looked]]:
    """The looks at headers of every schema, by the frame before the event."""
    source = Source()
    names = {wire_id: write_head(source, head) for wire_id, (head, _) in parts.items()}
    return _run(source, names, {"Look": Look, "UNSEEN": UNSEEN})


def _looking(parts: Mapping[int, Parts], sight: Sight) -> Looking:
    reads, values = reads_of(parts, sight)
    make = partial(layout_of, values)
    layouts = {frame: Layouts(read, make) for frame, read in reads.items()}
    finds = {frame: each.find for frame, each in layouts.items()}
    looks = {frame: each.look for frame, each in layouts.items()}
    return Looking(looks, partial(Forwarding, finds) if finds else None)


def reads_of(
    parts: Mapping[int, Parts], sight: Sight
) -> tuple[Mapping[bytes, Callable[[bytes], Looked]], Values]:
    """The looks of every schema whose fields are all marked, at values that need no count.

    By the frame before the event; and the judges of values that they call.
    """
    sight = sight._replace(largest=min(sight.largest, MAX_ITEMS))
    source, names = Source(), {}
    for wire_id, each in parts.items():
        with suppress(LookupError, TypeError):
            names[wire_id] = write_look(source, each, sections_of(each, sight))
    values = Values(sight)
    return _run(source, names, values.named()), values


def _run(
    source: Source, names: Mapping[int, str], given: Mapping[str, Any]
) -> Mapping[bytes, Callable[[bytes], Looked]]:
    found: dict[str, Any] = {**_NAMES, **given}
    exec(compile(source.text(), "<generated looks>", "exec"), found)  # noqa: S102 - our text
    return {frame_of(wire_id): found[name] for wire_id, name in names.items()}


def source_of(schemas: tuple[Parts, ...]) -> str:
    """The text that is run: functions, and `MADE` with those of each schema."""
    source = Source()
    made = "".join(f"    {write_event(source, each)},\n" for each in schemas)
    return f"{source.text()}\n\n\nMADE = (\n{made})\n"


@lru_cache(maxsize=4)
def _made(schemas: tuple[Parts, ...]) -> tuple[Functions, ...]:
    names = dict(_NAMES)
    exec(compile(source_of(schemas), "<generated codec>", "exec"), names)  # noqa: S102 - our text
    made: tuple[Functions, ...] = names["MADE"]
    return made
