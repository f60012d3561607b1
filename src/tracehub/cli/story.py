"""`story`: all that happened to an event, from the index and the log."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from tracehub.app import Edges, open_bus, registered
from tracehub.app.index import open_index
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json
from tracehub.errors import ConfigError
from tracehub.model.instant import utc
from tracehub.services.story import Stories, Today
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent


def story(
    wanted: Annotated[
        str, typer.Argument(help="An event id, a code, a party, a batch, or a raw place.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Tell where an event came from, its verdict, rules, deliveries, receipts and dead letters."""
    with ends_well():
        settings = load_settings(config)
        found = asyncio.run(_found(settings, wanted))
        for each in found:
            if as_json:
                print_json(each)
            else:
                _show(each)
    if not found:
        if not as_json:
            console().print(f"the index knows nothing of {wanted}", markup=False)
        raise typer.Exit(NO)


async def _found(settings: Settings, wanted: str) -> list[dict[str, Any]]:
    if settings.index is None:
        raise ConfigError("index: this hub keeps none; add the section 'index' to its settings")
    judged = await registered(settings)
    async with (
        open_bus(settings, Edges(silent()).clock) as bus,
        open_index(settings.index) as index,
    ):
        today = Today(bus, judged.normaliser, judged.table, judged.connections)
        told = []
        for each in await Stories(index).find(wanted):
            said = await today.judged(each.place)
            explanation = said.explanation.to_dict() if said.explanation else None
            now = {
                "verdict": said.verdict,
                "reasons": [reason._asdict() for reason in said.reasons],
                "routes": explanation,
            }
            told.append({**each.to_dict(), "today": now})
        return told


def _show(told: dict[str, Any]) -> None:
    out = console()
    out.print(f"{told['event_id'] or '(no id)'}", markup=False)
    out.print(f"  published by {told['publisher']} at {told['place']}", markup=False)
    for each in told["events"]:
        out.print(f"  {_at(each)} judged {each['verdict']} by rules {each['rules']}", markup=False)
    for reason in told["today"]["reasons"]:
        out.print(f"    {reason['rule']} at {reason['path']}: {reason['text']}", markup=False)
    for route in (told["today"]["routes"] or {"routes": ()})["routes"]:
        out.print(f"    -> {route['connection']}  by {route['rule']}", markup=False)
    for each in told["receipts"]:
        out.print(
            f"  {_at(each)} {each['connection']} {each['status']} {each['reference']} "
            f"{each['text']}",
            markup=False,
        )
    for each in told["dead_letters"]:
        out.print(
            f"  {_at(each)} {each['connection']} dead letter {each['letter']}: {each['code']}: "
            f"{each['text']}",
            markup=False,
        )


def _at(each: dict[str, Any]) -> str:
    return utc(each["at"]).isoformat(timespec="milliseconds")
