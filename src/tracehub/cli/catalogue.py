"""`catalogue`: the product lists in force, checking them, and publishing one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tracehub.app import Edges, edition_of, judgement, open_bus, topic_specs
from tracehub.bus import topics
from tracehub.catalogue.edition import Edition, compose
from tracehub.catalogue.entry import Entry, ProductList
from tracehub.catalogue.load import load_list
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile, OptionalConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json, print_rows
from tracehub.errors import ConfigError
from tracehub.services.editions import Editions, publish_list
from tracehub.services.switches import recorded
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import logger, silent

app = typer.Typer(help="The product lists (目录) in force.", no_args_is_help=True)

ListFile = Annotated[
    Path, typer.Argument(help="A product list, YAML.", exists=True, dir_okay=False)
]
Category = Annotated[str, typer.Option(help="Only this category.")]


@app.command("show")
def show(
    category: Category = "",
    from_log: Annotated[
        bool, typer.Option("--log", help="As published on the log, not only from files.")
    ] = False,
    config: OptionalConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every entry of the lists in force, and what it asks for."""
    with ends_well():
        settings = load_settings(config) if config else Settings()
        edition = asyncio.run(_on_log(settings)) if from_log else edition_of(settings)
        rows = [row for row in _rows(edition) if category in {"", row["category"]}]
        title = f"Catalogue, edition {edition.version.hex()}"
        print_rows(rows, as_json=as_json, title=title)
    if not rows:
        raise typer.Exit(NO)


@app.command("diff")
def diff(
    file: ListFile,
    against: Annotated[
        Path | None, typer.Argument(help="The list before it; the one in force without.")
    ] = None,
    config: OptionalConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what a list changes. Exit 1 when it changes something."""
    with ends_well():
        new = _list(file)
        settings = load_settings(config) if config else Settings()
        lists = edition_of(settings).lists
        old = (
            _list(against) if against else next((each for each in lists if each.id == new.id), None)
        )
        rows = list(_changes(old, new))
        print_rows(rows, as_json=as_json, title=f"Changes by {new.name}")
    if rows:
        raise typer.Exit(NO)


@app.command("check")
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Product lists, YAML.", exists=True, dir_okay=False)
    ],
    config: OptionalConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Check lists, also against each other and those in force. Exit 2 names every fault."""
    with ends_well():
        settings = load_settings(config) if config else Settings()
        edition = _checked(settings, [_list(each) for each in files])
        found = {
            "lists": [each.name for each in edition.lists],
            "edition": edition.version.hex(),
        }
        if as_json:
            print_json(found)
        else:
            console().print(f"good: {', '.join(found['lists'])} make edition {found['edition']}")


@app.command("publish")
def publish(file: ListFile, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Publish a list to the services that run; each raw partition takes it at one offset."""
    with ends_well():
        new = _list(file)
        edition = asyncio.run(_publish(load_settings(config), new))
        if as_json:
            print_json({"list": new.name, "edition": edition.version.hex()})
        else:
            console().print(f"{new.name} published: edition {edition.version.hex()}")


@app.command("switches")
def switches(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List from which offset of each raw partition on which edition holds."""
    with ends_well():
        rows = asyncio.run(_switches(load_settings(config)))
        print_rows(rows, as_json=as_json, title="Switches")


def _list(path: Path) -> ProductList:
    try:
        return load_list(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _checked(settings: Settings, new: Sequence[ProductList]) -> Edition:
    """The edition with these lists, which also fits the schemas."""
    given = {each.id: each for each in new}
    if len(given) < len(new):
        raise ConfigError(f"two of the files are lists of {_twice(new)}; check one at a time")
    normaliser = judgement(settings).normaliser
    kept = [each for each in normaliser.tables.edition.lists if each.id not in given]
    return normaliser.under(compose([*kept, *new])).tables.edition


def _twice(lists: Sequence[ProductList]) -> str:
    ids = [each.id for each in lists]
    return next(each for each in ids if ids.count(each) > 1)


async def _on_log(settings: Settings) -> Edition:
    edges = Edges(silent())
    async with open_bus(settings, edges.clock) as bus:
        editions = Editions(bus, judgement(settings).normaliser, logger("warning"))
        await editions.look()
        return editions.edition


async def _publish(settings: Settings, new: ProductList) -> Edition:
    edges = Edges(silent())
    async with open_bus(settings, edges.clock) as bus:
        wanted = topics.control(topics.CATALOGUE)
        await bus.ensure([each for each in topic_specs(settings) if each.name == wanted])
        return await publish_list(bus, new, judgement(settings).normaliser, logger("warning"))


async def _switches(settings: Settings) -> list[dict[str, Any]]:
    async with open_bus(settings, Edges(silent()).clock) as bus:
        found = await recorded(bus, logger("warning", sys.stderr))
    return [
        {"topic": topic, "partition": partition, **switch._asdict()}
        for (topic, partition), held in sorted(found.items())
        for switch in held
    ]


def _rows(edition: Edition) -> Iterator[dict[str, Any]]:
    for listed in edition.lists:
        for entry in listed.entries:
            yield {
                "list": listed.name,
                "category": entry.category,
                "title": entry.title,
                "obligation": entry.obligation,
                "scope": entry.scope,
                "valid": f"{entry.valid_from or '…'} - {entry.valid_until or '…'}",
                "asks": list(_asked(entry)),
                "source": entry.source,
            }


def _asked(entry: Entry) -> Iterator[str]:
    for each in entry.requirements:
        at = f" at {', '.join(sorted(each.at))}" if each.at else ""
        yield f"{each.asked} {', '.join(each.names)}{at}: {each.level} ({each.source})"
    for kept in entry.sensitive:
        yield f"{kept.field} is {kept.section} ({kept.source})"


def _changes(old: ProductList | None, new: ProductList) -> Iterator[dict[str, Any]]:
    before = {each.category: set(_facts(each)) for each in (old.entries if old else ())}
    after = {each.category: set(_facts(each)) for each in new.entries}
    for category in sorted(before.keys() | after.keys()):
        was, is_now = before.get(category, set()), after.get(category, set())
        for change, texts in (("removed", was - is_now), ("added", is_now - was)):
            for text in sorted(texts):
                yield {"category": category, "change": change, "what": text}


def _facts(entry: Entry) -> Iterator[str]:
    yield f"title {entry.title}"
    for name in ("obligation", "valid_from", "valid_until"):
        if getattr(entry, name):
            yield f"{name} {getattr(entry, name)}"
    yield from (f"product {each}" for each in entry.products)
    yield from _asked(entry)
