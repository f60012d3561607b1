"""Tables: the operator's data that recognition needs, versioned by content. Must not know rules."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from tracehub.avro.codec import Codec
from tracehub.catalogue.edition import Edition, bundled_edition
from tracehub.codes.region import PROVINCES, RegionTable, bundled
from tracehub.errors import ConfigError
from tracehub.normalise.plain import Found

_REGION: Final = re.compile(r"[0-9]{6}")


class Reader(Protocol):
    """Reads one foreign format into plain events.

    `id` names the format and its version; `digest` is that of its content. Both are part of the
    tables' version.
    """

    id: str
    digest: bytes

    def by(self, codec: Codec) -> Reader:
        """The same, quicker by what the codec's engine has for it."""
        ...

    def read(self, value: bytes, category: str) -> Sequence[Found]:
        """Every event of a record.

        Raises:
            RejectError: the record can't be read.
        """
        ...


@dataclass(frozen=True)
class Tables:
    """What recognition looks up.

    Attributes:
        places: location id as published -> region of GB/T 2260.
        mappings: connection id, else connection type -> how its own records are read (connections
            with the format `mapped`).
        regions: the codes of GB/T 2260, each with its time.
        edition: the product catalogue; it has a version of its own.
        version: 4 bytes that differ when the content of all others differs.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    mappings: Mapping[str, Reader] = field(default_factory=dict)
    regions: RegionTable = field(default_factory=bundled)
    edition: Edition = field(default_factory=bundled_edition)
    version: bytes = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256()
        for name, region in sorted(self.places.items()):
            digest.update(f"place\0{name}\0{region}\0".encode())
        for name, reader in sorted(self.mappings.items()):
            digest.update(f"mapping\0{name}\0{reader.id}\0".encode() + reader.digest)
        digest.update(self.regions.version)
        object.__setattr__(self, "version", digest.digest()[:4])


def load_places(text: str, origin: str) -> Mapping[str, str]:
    """Read a YAML table of `location id: region code`.

    Args:
        text: the file's text.
        origin: its name, for what is said about faults.

    Raises:
        ConfigError: it is no such table; the text names file, line and column.
    """
    try:
        tree: Any = YAML(typ="rt").load(text)
    except YAMLError as error:
        raise ConfigError(f"{origin}: not YAML: {error}") from None
    if tree is None:
        return {}
    if not isinstance(tree, CommentedMap):
        raise ConfigError(f"{origin}:1:1: write a table of location id: region code")
    places = {}
    for name, region in tree.items():
        # YAML reads an unquoted 440305 as a number; a region's zeros can't be lost by that.
        code = str(region)
        if not _REGION.fullmatch(code) or code[:2] not in PROVINCES:
            line, column = tree.lc.value(name)
            raise ConfigError(
                f"{origin}:{line + 1}:{column + 1} {name}: {code!r} is no region code; "
                "write six digits of GB/T 2260 that begin with a province"
            )
        places[str(name)] = code
    return places
