"""`run`, `check`, `feed`, `topics`, `connections`: commands about a configured hub."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from tracehub.app import Edges, Judgement, asyncapi, judgement, open_bus, topic_specs
from tracehub.bus import topics as topic_names
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json, print_rows
from tracehub.errors import ConfigError, RejectError
from tracehub.model.record import Record
from tracehub.normalise.normaliser import Source
from tracehub.normalise.verdict import Accepted
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent

_OVERTIME = 3


def check(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check settings, rules, tables, schemas and connector types; start nothing."""
    with ends_well():
        settings = load_settings(config)
        judged = judgement(settings)
        found = {
            "config": str(config),
            "connections": len(judged.connections),
            "topics": len(topic_specs(settings)),
            "rules_version": judged.version.hex(),
        }
        if as_json:
            print_json(found)
        else:
            console().print(
                f"{config}: good. {found['connections']} connections, {found['topics']} topics, "
                f"rules version {found['rules_version']}."
            )


def feed(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", exists=True)],
    category: Annotated[str, typer.Option(help="Product category.")],
    connection: Annotated[str, typer.Option(help="Who publishes.")],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Publish each file as one raw record, then exit; 1 when the log refused any."""
    with ends_well():
        settings = load_settings(config)
        good = asyncio.run(_feed(settings, list(_files(paths)), category, connection, as_json))
    if not good:
        raise typer.Exit(NO)


async def _feed(
    settings: Settings, files: list[Path], category: str, connection: str, as_json: bool
) -> bool:
    judged = judgement(settings)
    known = judged.connections.get(connection)
    if known is None or category not in known.categories or not known.publishes:
        raise ConfigError(
            f"--connection {connection} --category {category}: the configuration has no such "
            "publisher; see `tracehub connections`"
        )
    topic = topic_names.raw(category, connection)
    source = Source(category, known)
    published, refused = 0, []
    edges = Edges(silent())
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
        for path in files:
            value = path.read_bytes()
            try:
                await bus.publish([Record(topic, _key(judged, value, source), value)])
                published += 1
            except RejectError as error:
                refused.append({"file": str(path), "code": error.code, "text": error.text})
    summary: dict[str, Any] = {"topic": topic, "published": published, "refused": refused}
    if as_json:
        print_json(summary)
    else:
        console().print(f"{published} records published to {topic}")
        for each in refused:
            console().print(f"refused {each['file']}: {each['code']}: {each['text']}", markup=False)
    return not refused


def _key(judged: Judgement, value: bytes, source: Source) -> bytes:
    """The record key of the first event; of an unreadable document, its digest."""
    try:
        for item in judged.normaliser.normalise(value, source):
            if isinstance(item, Accepted):
                return item.event.header.key
    except RejectError:
        pass
    return hashlib.sha256(value).hexdigest().encode()


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def topics(
    config: ConfigFile = DEFAULT_CONFIG,
    create: Annotated[bool, typer.Option("--create", help="Create what is missing.")] = False,
    as_asyncapi: Annotated[
        bool, typer.Option("--asyncapi", help="What stands on them, as an AsyncAPI document.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every topic of the hub."""
    with ends_well():
        settings = load_settings(config)
        if as_asyncapi:
            print_json(asyncapi(settings, judgement(settings).catalogue))
            return
        specs = topic_specs(settings)
        if create:
            asyncio.run(_create(settings))
        rows = [spec._asdict() for spec in sorted(specs)]
        print_rows(rows, as_json=as_json, title="Topics")


async def _create(settings: Settings) -> None:
    edges = Edges(silent())
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
