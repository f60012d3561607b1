"""Every schema by subject and version, with the wire id it was given once and for ever.

The files lie in `schemas/avro`: one folder per version of the whole set, and `catalogue.json` with
the ids and fingerprints. A published version never changes; the fingerprint shows it if it does.
Must not know how values are coded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NamedTuple

import fastavro.schema

from tracehub.errors import ConfigError
from tracehub.model.event import SECTIONS

HEADER_TYPE: Final = "tracehub.Header"
SECTION_COUNT: Final = len(SECTIONS)
SHARED: Final = ("header.avsc", "body.avsc")
"""Files of a version that hold no subject but types that subjects share."""


class Schema(NamedTuple):
    """One version of one subject.

    Attributes:
        wire_id: the 4-byte id of the Confluent wire format.
        text: the resolved schema, each named type written out where it is first used.
        parsed: fastavro's form of it, parsed once.
        head: parsed form of `header` and `digests`, the prefix before the sections; None for
            records that are no events.
        sections: parsed records of the body sections, in wire order; on the wire each is the
            second branch of a union with null.
    """

    subject: str
    version: int
    wire_id: int
    text: Mapping[str, Any]
    parsed: Any
    head: Any = None
    sections: tuple[Any, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the parsing canonical form (Avro 1.12 section "Schema Fingerprints"), hex."""
        return fingerprint(self.text)


class Catalogue:
    """All schemas this hub can read, and the newest of each subject, which it writes."""

    def __init__(self, schemas: tuple[Schema, ...]) -> None:
        self._by_id = {schema.wire_id: schema for schema in schemas}
        self._newest: dict[str, Schema] = {}
        for schema in sorted(schemas, key=lambda each: each.version):
            self._newest[schema.subject] = schema

    def __iter__(self) -> Iterator[Schema]:
        return iter(self._by_id.values())

    def by_id(self, wire_id: int) -> Schema | None:
        """The schema with this wire id, or None."""
        return self._by_id.get(wire_id)

    def newest(self, subject: str) -> Schema:
        """The version that this hub writes.

        Raises:
            ConfigError: there is no such subject.
        """
        try:
            return self._newest[subject]
        except KeyError:
            known = ", ".join(sorted(self._newest))
            raise ConfigError(f"no Avro subject {subject!r}; known: {known}") from None

    def with_ids(self, ids: Mapping[int, int]) -> Catalogue:
        """The same schemas under another registry's ids: committed id -> that registry's id."""
        return Catalogue(tuple(each._replace(wire_id=ids[each.wire_id]) for each in self))


def event_subject(category: str) -> str:
    """The subject of one category's events (TopicNameStrategy of `event.<category>`)."""
    return f"event.{category}-value"


@lru_cache(maxsize=1)
def bundled() -> Catalogue:
    """The catalogue that ships with the code: in the package, else in the source tree.

    Raises:
        ConfigError: it is nowhere, or a published file was changed.
    """
    return load(_home())


def load(home: Traversable) -> Catalogue:
    """Read a folder like `schemas/avro`.

    Raises:
        ConfigError: a file differs from its recorded fingerprint.
    """
    listed = json.loads(home.joinpath("catalogue.json").read_text("utf-8"))
    schemas = []
    for entry in listed["schemas"]:
        schema = read(home, entry["subject"], entry["version"], entry["id"])
        if schema.fingerprint != entry["fingerprint"]:
            raise ConfigError(
                f"schemas/avro/v{schema.version}: {schema.subject} is not what was published under "
                f"id {schema.wire_id}; put the file back and add a new version instead"
            )
        schemas.append(schema)
    return Catalogue(tuple(schemas))


def fingerprint(text: Mapping[str, Any]) -> str:
    """SHA-256 of a schema's parsing canonical form, hex."""
    canonical = fastavro.schema.to_parsing_canonical_form(dict(text))
    return str(fastavro.schema.fingerprint(canonical, "SHA-256"))


def resolve(home: Traversable, subject: str, version: int) -> dict[str, Any]:
    """The text of one subject with every shared type written out at its first use."""
    folder = home.joinpath(f"v{version}")
    text = json.loads(folder.joinpath(f"{subject.removesuffix('-value')}.avsc").read_text("utf-8"))
    named: dict[str, Any] = {}
    for name in SHARED:
        shared = json.loads(folder.joinpath(name).read_text("utf-8"))
        for each in shared if isinstance(shared, list) else [shared]:
            named[f"{each['namespace']}.{each['name']}"] = each
    resolved: dict[str, Any] = _inline(text, named, set())
    return resolved


def read(home: Traversable, subject: str, version: int, wire_id: int) -> Schema:
    """One subject as it lies in the folder of a version."""
    text = resolve(home, subject, version)
    parsed = fastavro.parse_schema(_plain(text))
    if not subject.startswith("event."):
        return Schema(subject, version, wire_id, text, parsed)
    named: dict[str, Any] = {}
    fields = text["fields"]
    head = fastavro.parse_schema(
        _plain({**text, "name": "Head", "fields": fields[:-SECTION_COUNT]}), named_schemas=named
    )
    sections = tuple(
        fastavro.parse_schema(_plain(field["type"][1]), named_schemas=named)
        for field in fields[-SECTION_COUNT:]
    )
    return Schema(subject, version, wire_id, text, parsed, head, sections)


def _inline(node: Any, named: Mapping[str, Any], seen: set[str]) -> Any:
    if isinstance(node, str):
        if node in named and node not in seen:
            seen.add(node)
            return _inline(named[node], named, seen)
        return node
    if isinstance(node, list):
        return [_inline(each, named, seen) for each in node]
    inlined = {}
    for key, value in node.items():
        if key in {"type", "items", "values"}:
            inlined[key] = _inline(value, named, seen)
        elif key == "fields":
            inlined[key] = [_inline(field, named, seen) for field in value]
        else:
            inlined[key] = value
    return inlined


def _plain(node: Any) -> Any:
    """A schema without logical types: instants stay integers, which decode far faster."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != "logicalType"}
    return node


def _home() -> Traversable:
    packaged = resources.files("tracehub").joinpath("schemas", "avro")
    if packaged.joinpath("catalogue.json").is_file():
        return packaged
    source = Path(__file__).parents[3] / "schemas" / "avro"
    if (source / "catalogue.json").is_file():
        return source
    raise ConfigError(
        "the Avro schemas are missing: neither in the installed package nor in schemas/avro; "
        "install tracehub again"
    )
