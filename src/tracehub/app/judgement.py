"""The pure half of the hub, built from settings: all that decides, and the version of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracehub.avro import catalogue as avro_catalogue
from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import Codec
from tracehub.connect.load import load_type
from tracehub.connect.registry import match_ids
from tracehub.errors import ConfigError
from tracehub.model.connection import Connection
from tracehub.normalise.mapping import Mapping as FieldMapping
from tracehub.normalise.mapping_load import load_mapping
from tracehub.normalise.normaliser import Normaliser
from tracehub.normalise.tables import Tables, load_places
from tracehub.route.load import load_rules, national_rules
from tracehub.route.table import RouteTable
from tracehub.services.exchange import rules_version
from tracehub.settings import Settings


@dataclass(frozen=True, slots=True)
class Judgement:
    """The pure half of the hub: everything that decides, and the version of it all."""

    connections: Mapping[str, Connection]
    catalogue: Catalogue
    codec: Codec
    normaliser: Normaliser
    table: RouteTable
    version: bytes


def judgement(settings: Settings) -> Judgement:
    """Build everything pure from the settings, under the schema ids that tracehub ships.

    Raises:
        ConfigError: a rules file, table, schema or connector type does not fit.
    """
    return _judgement(settings, _catalogue(settings))


async def registered(settings: Settings) -> Judgement:
    """As `judgement()`, under the ids of the schema registry when `registry_url` names one.

    Whatever reads or writes the log starts here.

    Raises:
        ConfigError: as `judgement()`, or the registry lacks a schema.
        RetryError: the registry does not answer.
    """
    catalogue = _catalogue(settings)
    if settings.registry_url:
        catalogue = catalogue.with_ids(await match_ids(settings.registry_url, catalogue))
    return _judgement(settings, catalogue)


def _judgement(settings: Settings, catalogue: Catalogue) -> Judgement:
    connections = settings.models()
    codec = Codec(catalogue)
    tables = Tables(places=_places(settings), mappings=_mappings(connections))
    table = _table(settings, connections)
    schemas = "".join(schema.fingerprint for schema in catalogue).encode()
    return Judgement(
        {each.id: each for each in connections},
        catalogue,
        codec,
        Normaliser(codec, tables),
        table,
        rules_version(table.version, tables.version, schemas),
    )


def _catalogue(settings: Settings) -> Catalogue:
    if settings.catalogue is None:
        return avro_catalogue.bundled()
    return avro_catalogue.load(settings.catalogue)


def _places(settings: Settings) -> Mapping[str, str]:
    if settings.places is None:
        return {}
    return load_places(_text(settings.places, "places"), str(settings.places))


def _mappings(connections: Sequence[Connection]) -> dict[str, FieldMapping]:
    """The field table of every connection that writes records in its system's own format."""
    tables = {}
    for connection in connections:
        if connection.format == "mapped" and connection.publishes:
            kind = load_type(connection.type)
            if not kind.mapping:
                raise ConfigError(
                    f"connections.{connection.id}.format: connector type {kind.name} has no "
                    "mapping for records of its own; use format: epcis"
                )
            tables[connection.type] = load_mapping(kind.mapping, f"{kind.name}/mapping.yaml")
    return tables


def _table(settings: Settings, connections: Sequence[Connection]) -> RouteTable:
    if settings.rules is None:
        return national_rules(connections)
    return load_rules(_text(settings.rules, "rules"), str(settings.rules), connections)


def _text(path: Path, key: str) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{key}: {path}: {error.strerror}; give the file's path") from None
