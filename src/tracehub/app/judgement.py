"""The pure half of the hub, built from settings: all that decides, and the version of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracehub.avro import catalogue as avro_catalogue
from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import Codec
from tracehub.avro.engines import codec_of
from tracehub.catalogue.edition import Edition, compose
from tracehub.catalogue.edition import bundled as bundled_list
from tracehub.catalogue.entry import NATIONAL
from tracehub.catalogue.load import load_list
from tracehub.codes.region import RegionTable, bundled, bundled_successors, load_regions
from tracehub.codes.tables import CodeTables, load_code_tables
from tracehub.errors import ConfigError
from tracehub.model.connection import Connection
from tracehub.normalise.mapping import Mapping as FieldMapping
from tracehub.normalise.mapping_load import load_mapping
from tracehub.normalise.mapping_shipped import shipped
from tracehub.normalise.normaliser import Normaliser
from tracehub.normalise.tables import Tables, load_places
from tracehub.route.credit import NOBODY, load_credit
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
        from tracehub.connect.registry import match_ids  # noqa: PLC0415 - see `_mapping_of()`

        catalogue = catalogue.with_ids(await match_ids(settings.registry_url, catalogue))
    return _judgement(settings, catalogue)


def _judgement(settings: Settings, catalogue: Catalogue) -> Judgement:
    connections = settings.models()
    codec = codec_of(catalogue, settings.services.codec)
    tables = Tables(
        _places(settings),
        _mappings(settings, connections),
        region_table(settings),
        edition_of(settings),
    )
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
    if settings.schemas is None:
        return avro_catalogue.bundled()
    return avro_catalogue.load(settings.schemas)


def _places(settings: Settings) -> Mapping[str, str]:
    if settings.places is None:
        return {}
    return load_places(_text(settings.places, "places"), str(settings.places))


def region_table(settings: Settings) -> RegionTable:
    """The region codes that the settings name; of the bundled table the successors stay.

    Raises:
        ConfigError: the file can't be read or is no such table.
    """
    if settings.regions is None:
        return bundled()
    spans = load_regions(_text(settings.regions, "regions"), str(settings.regions))
    return RegionTable(spans, bundled_successors())


def edition_of(settings: Settings) -> Edition:
    """The edition of the product lists that the settings name, the shipped national one first.

    Raises:
        ConfigError: a file can't be read, is no list, or contradicts another.
    """
    lists = [load_list(_text(path, "catalogue"), str(path)) for path in settings.catalogue]
    if not any(each.id == NATIONAL for each in lists):
        lists.append(bundled_list())
    return compose(lists)


def code_tables(settings: Settings) -> CodeTables:
    """What the settings declare about codes.

    Raises:
        ConfigError: the file can't be read or is no such table.
    """
    if settings.codes is None:
        return CodeTables()
    return load_code_tables(_text(settings.codes, "codes"), str(settings.codes))


def _mappings(settings: Settings, connections: Sequence[Connection]) -> dict[str, FieldMapping]:
    """The field table of every connection that writes records in its system's own format.

    A connection's own stands under its id, that of a connector type under the type's name.
    """
    tables: dict[str, FieldMapping] = {}
    for connection in connections:
        if connection.format != "mapped" or not connection.publishes:
            continue
        settled = settings.connections[connection.id]
        where = f"connections.{connection.id}"
        if settled.mapping_file is not None:
            text = _text(settled.mapping_file, f"{where}.mapping_file")
            tables[connection.id] = load_mapping(text, str(settled.mapping_file))
        elif settled.mapping:
            tables[connection.id] = shipped(settled.mapping, f"{where}.mapping")
        elif connection.type not in tables:
            tables[connection.type] = _mapping_of(connection.type, where)
    return tables


def _mapping_of(name: str, where: str) -> FieldMapping:
    """The field table that a connector type brings."""
    from tracehub.connect.load import load_type  # noqa: PLC0415 - clients of systems load slowly

    kind = load_type(name)
    if not kind.mapping:
        raise ConfigError(
            f"{where}.format: connector type {kind.name} has no mapping for records of "
            "its own; use format: epcis, or name a field table by 'mapping'"
        )
    return load_mapping(kind.mapping, f"{kind.name}/mapping.yaml")


def _table(settings: Settings, connections: Sequence[Connection]) -> RouteTable:
    credit = NOBODY
    if settings.credit is not None:
        credit = load_credit(_text(settings.credit, "credit"), str(settings.credit))
    if settings.rules is None:
        return national_rules(connections, credit)
    return load_rules(_text(settings.rules, "rules"), str(settings.rules), connections, credit)


def _text(path: Path, key: str) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{key}: {path}: {error.strerror}; give the file's path") from None
