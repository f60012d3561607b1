"""The generated engine: plain Python made from the schemas, once in a process.

It takes the catalogue that the hub runs with, whoever's that is; nothing generated is kept in
files, so nothing can be stale. Must not know records that are no events.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tracehub.avro import runtime
from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import Decoded, Encoded
from tracehub.avro.emit import Source
from tracehub.avro.emit_event import write_event
from tracehub.avro.fast import Engine, Functions
from tracehub.avro.prescan import MAX_ITEMS
from tracehub.avro.routing import Routing
from tracehub.avro.shape import Parts, parts_of
from tracehub.model.event import Event, Header, Party, Product

_MADE_FROM = (Decoded, Encoded, Event, Functions, Header, Party, Product, Routing)


def generated(catalogue: Catalogue) -> Engine:
    """The engine for the event schemas of a catalogue; it counts no items."""
    parts = {each.wire_id: parts_of(each) for each in catalogue if each.head}
    made = _made(tuple(parts.values()))
    return Engine("generated", dict(zip(parts, made, strict=True)), MAX_ITEMS)


def source_of(schemas: tuple[Parts, ...]) -> str:
    """The text that is run: functions, and `MADE` with those of each schema."""
    source = Source()
    made = "".join(f"    {write_event(source, each)},\n" for each in schemas)
    return f"{source.text()}\n\n\nMADE = (\n{made})\n"


@lru_cache(maxsize=4)
def _made(schemas: tuple[Parts, ...]) -> tuple[Functions, ...]:
    names: dict[str, Any] = {each.__name__: each for each in _MADE_FROM}
    names |= vars(runtime)
    exec(compile(source_of(schemas), "<generated codec>", "exec"), names)  # noqa: S102 - our text
    made: tuple[Functions, ...] = names["MADE"]
    return made
