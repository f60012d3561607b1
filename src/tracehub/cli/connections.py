"""`connections`: what is connected, how it does, and what operators want of it."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tracehub.app import Edges, open_bus, topic_specs
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import console, ends_well, print_json, print_rows
from tracehub.errors import ConfigError
from tracehub.services.connections import status as status_of
from tracehub.services.wishes import DRAIN, PAUSE, RESTART, RUN, Wishes, publish_wish
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import logger, silent

app = typer.Typer(help="What is connected, how it does, and what operators want of it.")
Name = Annotated[str, typer.Argument(help="Id of a connection, <type>/<name>.")]


@app.callback(invoke_without_command=True)
def connections(
    context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """List every connection: what it sends, receives and may see."""
    if context.invoked_subcommand is not None:
        return
    with ends_well():
        settings = load_settings(config)
        rows = [
            {
                "connection": each.id,
                "tier": each.tier,
                "region": each.region,
                "direction": settings.connections[each.id].direction,
                "disclosure": each.disclosure,
                "categories": list(each.categories),
                "url": settings.connections[each.id].url,
            }
            for each in settings.models()
        ]
        print_rows(rows, as_json=as_json, title="Connections")


@app.command()
def status(connection: Name, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """What is wanted of one connection, how its services are, what went wrong last, and the lag."""
    with ends_well():
        settings = _settings(config, connection)
        found = asyncio.run(_status(settings, connection))
        if as_json:
            print_json(found)
            return
        screen = console()
        wish = found["wish"]
        asked = f", {wish['what']} asked by {wish['by']}" if wish["by"] else ""
        screen.print(f"{connection}: {found['connector']['state']}{asked}, lag {found['lag']}")
        for each in found["tasks"]:
            error = f", last error: {each['error']}" if each["error"] else ""
            breaker = f", breaker {each['breaker']}" if each["breaker"] else ""
            screen.print(
                f"    {each['service']} at {each['member']}: {each['state']}{breaker}{error}",
                markup=False,
            )


@app.command()
def pause(connection: Name, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Finish what is in hand, then hand over and ask for nothing more."""
    _ask(config, connection, PAUSE)


@app.command()
def resume(connection: Name, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Go on from where it stopped."""
    _ask(config, connection, RUN)


@app.command()
def drain(connection: Name, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Hand over all that waits now, then pause."""
    _ask(config, connection, DRAIN)


@app.command()
def restart(connection: Name, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Open its connector anew: secrets are read again, and the breaker is closed."""
    _ask(config, connection, RESTART)


def _ask(config: Any, connection: str, wish: str) -> None:
    with ends_well():
        settings = _settings(config, connection)
        asyncio.run(_published(settings, connection, wish))
        console().print(f"{connection}: {wish} is asked; see `tracehub connections status`")


def _settings(config: Any, connection: str) -> Settings:
    settings = load_settings(config)
    if connection not in settings.connections:
        raise ConfigError(f"{connection}: not in the configuration; see `tracehub connections`")
    return settings


async def _published(settings: Settings, connection: str, wish: str) -> None:
    edges = Edges(silent())
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
        await publish_wish(bus, connection, wish, getpass.getuser(), edges.clock)


async def _status(settings: Settings, connection: str) -> Mapping[str, Any]:
    edges, log = Edges(silent()), logger("warning", sys.stderr)
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
        wishes = Wishes(bus, log)
        await wishes.look()
        return await status_of(bus, wishes, connection, log)
