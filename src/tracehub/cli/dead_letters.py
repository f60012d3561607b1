"""`dead-letters list | show | replay`: what was refused, why, and putting it back."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Any

import typer

from tracehub.app import Edges, open_bus, registered
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json, print_rows
from tracehub.model.instant import utc
from tracehub.services.dead_letter import DeadLetter
from tracehub.services.replay import Filter, letters, original, put_back
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent

app = typer.Typer(help="What was refused, why, and putting it back.", no_args_is_help=True)
Connection = Annotated[str, typer.Option(help="Only of this connection.")]
Code = Annotated[str, typer.Option(help="Only with this first reason; may end in '*'.")]
Stage = Annotated[str, typer.Option(help="Only refused by 'exchange' or 'deliver'.")]


@app.command("list")
def list_(
    connection: Connection = "",
    code: Code = "",
    stage: Stage = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List dead letters."""
    with ends_well():
        settings = load_settings(config)
        wanted = Filter(connection=connection, code=code, stage=stage)
        found = asyncio.run(_find(settings, wanted))
        print_rows([_row(each) for each in found], as_json=as_json, title="Dead letters")


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(help="The id, or its beginning.")],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show one dead letter with all its reasons and its original bytes."""
    with ends_well():
        settings = load_settings(config)
        found = asyncio.run(_find_one(settings, letter_id))
        if found is not None:
            _show(*found, as_json=as_json)
    if found is None:
        console().print(f"no dead letter {letter_id}")
        raise typer.Exit(NO)


@app.command()
def replay(
    letter_ids: Annotated[
        list[str] | None, typer.Argument(help="Ids; all that fit without.")
    ] = None,
    connection: Connection = "",
    code: Code = "",
    stage: Stage = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put refused records back where they came from; their events keep their identity."""
    with ends_well():
        settings = load_settings(config)
        wanted = Filter(connection=connection, code=code, stage=stage)
        chosen, put = asyncio.run(_replay(settings, wanted, letter_ids or [], dry_run=dry_run))
        summary = {"chosen": len(chosen), "put_back": put, "dry_run": dry_run}
        if as_json:
            print_json({**summary, "ids": [each.id for each in chosen]})
        else:
            print_rows([_row(each) for each in chosen], as_json=False, title="Chosen")
            done = "would be put back" if dry_run else "put back"
            console().print(f"{len(chosen)} dead letters chosen; {put} records {done}")
    if not chosen:
        raise typer.Exit(NO)


async def _find(settings: Settings, wanted: Filter) -> list[DeadLetter]:
    judged = await registered(settings)
    async with open_bus(settings, Edges(silent()).clock) as bus:
        found = letters(bus, judged.catalogue, list(judged.connections), wanted)
        return [letter async for letter in found]


async def _find_one(settings: Settings, letter_id: str) -> tuple[DeadLetter, bytes] | None:
    judged = await registered(settings)
    async with open_bus(settings, Edges(silent()).clock) as bus:
        wanted = Filter(id=letter_id)
        async for letter in letters(bus, judged.catalogue, list(judged.connections), wanted):
            return letter, await original(bus, letter)
    return None


async def _replay(
    settings: Settings, wanted: Filter, ids: list[str], *, dry_run: bool
) -> tuple[list[DeadLetter], int]:
    judged = await registered(settings)
    async with open_bus(settings, Edges(silent()).clock) as bus:
        found = letters(bus, judged.catalogue, list(judged.connections), wanted)
        chosen = [
            letter
            async for letter in found
            if not ids or any(letter.id.startswith(each) for each in ids)
        ]
        if dry_run:
            return chosen, len({(each.position, each.stage) for each in chosen})
        return chosen, await put_back(bus, chosen)


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "connection": letter.connection,
        "stage": letter.stage,
        "code": letter.code,
        "position": str(letter.position),
        "item": letter.item,
        "attempts": letter.attempts,
        "last_at": utc(letter.last_at).isoformat(timespec="milliseconds"),
        "text": letter.text,
    }


def _show(letter: DeadLetter, value: bytes, *, as_json: bool) -> None:
    reasons = [reason._asdict() for reason in letter.reasons]
    if as_json:
        encoded = base64.b64encode(value).decode()
        print_json({**_row(letter), "reasons": reasons, "value_base64": encoded})
        return
    out = console()
    for name, shown in _row(letter).items():
        out.print(f"{name:12} {shown}", markup=False)
    for reason in reasons:
        out.print(f"  {reason['rule']} at {reason['path']}: {reason['text']}", markup=False)
        if reason["text_zh"]:
            out.print(f"  {reason['text_zh']}", markup=False)
    out.print(f"{len(value)} bytes:")
    out.print(value.decode("utf-8", "backslashreplace"), markup=False)
