"""`dead-letters list | show | replay | audit`: what was refused, why, and putting it back."""

from __future__ import annotations

import asyncio
import base64
import getpass
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import typer

from tracehub.app import Edges, open_bus, registered
from tracehub.bus.port import Bus
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json, print_rows
from tracehub.errors import ConfigError
from tracehub.model.instant import utc
from tracehub.model.record import Position
from tracehub.services.dead_letter import DeadLetter
from tracehub.services.replay import (
    Filter,
    Found,
    Request,
    ask,
    letters,
    original,
    plan_of,
    requests,
)
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import logger, silent

app = typer.Typer(help="What was refused, why, and putting it back.", no_args_is_help=True)
Connection = Annotated[str, typer.Option(help="Only of this connection.")]
Code = Annotated[str, typer.Option(help="Only with this first reason; may end in '*'.")]
Stage = Annotated[str, typer.Option(help="Only refused by 'exchange' or 'deliver'.")]
Since = Annotated[str, typer.Option(help="Only failed at or after this time: ISO 8601, with zone.")]
Until = Annotated[str, typer.Option(help="Only failed at or before this time.")]


class Log(NamedTuple):
    """The dead letters that fit, and all that was ever asked for."""

    found: list[Found]
    asked: Sequence[Request]

    def open_ones(self) -> list[Found]:
        """Those that nobody has asked for since they last failed."""
        asked = self.by_place()
        return [each for each in self.found if each.at not in asked]

    def by_place(self) -> dict[Position, Request]:
        """The last request for what lies at each place."""
        return {each.at: each for each in self.asked}


@app.command("list")
def list_(
    connection: Connection = "",
    code: Code = "",
    stage: Stage = "",
    since: Since = "",
    until: Until = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List dead letters, and which of them somebody has asked to put back."""
    with ends_well():
        settings = load_settings(config)
        wanted = _filter(connection, code, stage, since, until)
        log = asyncio.run(_log(settings, wanted))
        asked = log.by_place()
        rows = [_row(each.letter, asked.get(each.at)) for each in log.found]
        print_rows(rows, as_json=as_json, title="Dead letters")


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
    since: Since = "",
    until: Until = "",
    plan: Annotated[
        str, typer.Option(help="Carry out the dry run of this number; without it, a dry run.")
    ] = "",
    by: Annotated[str, typer.Option(help="Who asks; you, without it.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Ask the exchange to put refused records back; their events keep their identity.

    The first run is always dry and prints a number; the second, with --plan and that number, does
    exactly what the first has shown. What was asked for already is not chosen again.
    """
    with ends_well():
        settings = load_settings(config)
        wanted = _filter(connection, code, stage, since, until)
        who = by or getpass.getuser()
        chosen = asyncio.run(_replay(settings, wanted, tuple(letter_ids or ()), plan, who))
        number = plan_of(chosen)
        if as_json:
            ids = [each.letter.id for each in chosen]
            print_json({"chosen": len(chosen), "plan": number, "asked": bool(plan), "ids": ids})
        else:
            print_rows([_row(each.letter) for each in chosen], as_json=False, title="Chosen")
            after = "the exchange puts them back" if plan else f"to put them back: --plan {number}"
            console().print(f"{len(chosen)} dead letters chosen; {after}")
    if not chosen:
        raise typer.Exit(NO)


@app.command()
def audit(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List who has asked for which dead letter to be put back, and when."""
    with ends_well():
        settings = load_settings(config)
        log = asyncio.run(_log(settings, Filter()))
        rows = [
            {
                "asked_at": _time(each.asked_at),
                "by": each.by,
                "plan": each.plan,
                "letter": each.letter,
                "at": str(each.at),
            }
            for each in sorted(log.asked, key=lambda each: each.asked_at)
        ]
        print_rows(rows, as_json=as_json, title="Asked to be put back")


def _filter(connection: str, code: str, stage: str, since: str, until: str) -> Filter:
    return Filter(
        connection=connection,
        code=code,
        stage=stage,
        since=_ms(since, "--since"),
        until=_ms(until, "--until"),
    )


def _ms(text: str, option: str) -> int:
    """Milliseconds of a time; 0 for none."""
    if not text:
        return 0
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ConfigError(f"{option} {text}: give a time with its zone, as 2026-03-01T08:00+08:00")
    return int(at.timestamp() * 1000)


@asynccontextmanager
async def _opened(settings: Settings, wanted: Filter) -> AsyncIterator[tuple[Bus, Edges, Log]]:
    """The log of a hub, with what is of interest on it."""
    judged = await registered(settings)
    edges, log = Edges(silent()), logger("warning", sys.stderr)
    async with open_bus(settings, edges.clock) as bus:
        found = await letters(bus, judged.catalogue, list(judged.connections), wanted, log)
        yield bus, edges, Log(list(found), await requests(bus, log))


async def _log(settings: Settings, wanted: Filter) -> Log:
    async with _opened(settings, wanted) as (_, _, log):
        return log


async def _find_one(settings: Settings, letter_id: str) -> tuple[DeadLetter, bytes] | None:
    async with _opened(settings, Filter(id=letter_id)) as (bus, _, log):
        for each in log.found:
            return each.letter, await original(bus, each.letter)
    return None


async def _replay(
    settings: Settings, wanted: Filter, ids: tuple[str, ...], plan: str, by: str
) -> list[Found]:
    async with _opened(settings, wanted) as (bus, edges, log):
        chosen = [each for each in log.open_ones() if not ids or each.letter.id.startswith(ids)]
        if plan and plan != plan_of(chosen):
            raise ConfigError(
                f"--plan {plan}: {len(chosen)} dead letters fit now, which is another plan; look "
                "at a new dry run"
            )
        if plan and chosen:
            await ask(bus, chosen, by, edges.clock.now_ms())
        return chosen


def _row(letter: DeadLetter, request: Request | None = None) -> dict[str, Any]:
    return {
        "id": letter.id,
        "connection": letter.connection,
        "stage": letter.stage,
        "code": letter.code,
        "position": str(letter.position),
        "item": letter.item,
        "attempts": letter.attempts,
        "last_at": _time(letter.last_at),
        "asked_by": request.by if request else "",
        "text": letter.text,
    }


def _time(instant_ms: int) -> str:
    return utc(instant_ms).isoformat(timespec="milliseconds")


def _show(letter: DeadLetter, value: bytes, *, as_json: bool) -> None:
    reasons = [reason._asdict() for reason in letter.reasons]
    headers = {name: base64.b64encode(held).decode() for name, held in letter.headers}
    facts = {**_row(letter), "first_at": _time(letter.first_at), "headers_base64": headers}
    if as_json:
        encoded = base64.b64encode(value).decode()
        print_json({**facts, "reasons": reasons, "value_base64": encoded})
        return
    out = console()
    for name, shown in facts.items():
        out.print(f"{name:12} {shown}", markup=False)
    for reason in reasons:
        out.print(f"  {reason['rule']} at {reason['path']}: {reason['text']}", markup=False)
        if reason["text_zh"]:
            out.print(f"  {reason['text_zh']}", markup=False)
    out.print(f"{len(value)} bytes:")
    out.print(value.decode("utf-8", "backslashreplace"), markup=False)
