"""Golden pairs for field tables: what one side says, and what must be made of it.

Beside a connector's tests lie `<name>.canonical.json` with `<name>.wire.json` (written), and
`<name>.json` with `<name>.plain.json` (read). Must not know any connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tracehub.model.event import SECTIONS, Event, Header, Party, Product

_WRITTEN = ".canonical.json"
_READ = ".plain.json"


class Written(NamedTuple):
    """A canonical event and its wire body."""

    name: str
    event: Event
    body: Any


class Read(NamedTuple):
    """A document of another system and the plain events in it."""

    name: str
    document: bytes
    events: Any


def written(folder: Path) -> list[Written]:
    """Every pair of a folder for writing."""
    return [
        Written(name, event_of(_json(given)), _json(folder / f"{name}.wire.json"))
        for given, name in _named(folder, _WRITTEN)
    ]


def read(folder: Path) -> list[Read]:
    """Every pair of a folder for reading."""
    return [
        Read(name, (folder / f"{name}.json").read_bytes(), _json(made))
        for made, name in _named(folder, _READ)
    ]


def event_of(said: Mapping[str, Any]) -> Event:
    """A canonical event from its JSON form; sections may be left out or hold only some fields."""
    fields = dict(said["header"])
    header = Header(
        **{
            **fields,
            "kinds": tuple(fields["kinds"]),
            "parties": tuple(Party(*each) for each in fields["parties"]),
            "product": Product(*fields["product"]),
            "addressees": tuple(fields["addressees"]),
        }
    )
    public, regulator, trade_secret, personal = (said.get(section) for section in SECTIONS)
    return Event(header, public, regulator, trade_secret, personal)


def _named(folder: Path, ending: str) -> list[tuple[Path, str]]:
    return [(path, path.name.removesuffix(ending)) for path in sorted(folder.glob(f"*{ending}"))]


def _json(path: Path) -> Any:
    return orjson.loads(path.read_bytes())
