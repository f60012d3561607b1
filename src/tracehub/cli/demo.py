"""`demo`: the hub at work between simulated systems, with every event accounted for."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import uvloop
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tracehub.app import SERVICES, Edges, run
from tracehub.cli.demo_story import play
from tracehub.cli.options import AsJson
from tracehub.cli.screen import NO, console, ends_well, print_json
from tracehub.clock import SystemClock
from tracehub.errors import ConfigError
from tracehub.telemetry.log import silent
from tracehub.testing.account import Account
from tracehub.testing.kafka_cluster import cluster
from tracehub.testing.kafka_jars import UnavailableError
from tracehub.testing.observer import Seen
from tracehub.testing.rehearsal import Rehearsal, Show, perform, stage

KEPT = Path("tracehub-demo")
_LINE_S = 2.0
_LOOK_S = 0.05
_CLOCK = SystemClock()
Engine = Literal["sqlite", "kafka"]


def demo(
    events: Annotated[int, typer.Option(min=1, help="How many events are published.")] = 2000,
    seed: Annotated[int, typer.Option(help="Equal seeds publish equal bytes.")] = 1,
    bus: Annotated[Engine, typer.Option(help="Which log; kafka starts a broker.")] = "sqlite",
    keep: Annotated[
        bool, typer.Option("--keep", help=f"Keep everything in ./{KEPT}, and go on.")
    ] = False,
    story: Annotated[
        bool, typer.Option("--story", help="Follow one consignment through every sort of system.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish trace events and watch them arrive at six simulated systems."""
    with ends_well(), _log(bus) as settings, _directory(keep=keep) as directory:
        if story:
            complete = uvloop.run(play(directory, settings, as_json=as_json))
            raise typer.Exit(0 if complete else NO)
        summary = uvloop.run(_play(directory, settings, events, seed, keep=keep, as_json=as_json))
    if not summary["adds_up"]:
        raise typer.Exit(NO)


async def _play(
    directory: Path,
    bus: Mapping[str, Any],
    events: int,
    seed: int,
    *,
    keep: bool,
    as_json: bool,
) -> dict[str, Any]:
    async with stage(directory, bus) as rehearsal:
        with _shown(as_json=as_json) as show:
            summary = await perform(rehearsal, events, seed, show)
        if as_json:
            print_json(summary)
        else:
            _print_summary(summary)
        if keep:
            await _stay(rehearsal)
    return summary


@contextmanager
def _log(bus: Engine) -> Iterator[Mapping[str, Any]]:
    """The `bus` section of the settings; for Kafka, around a broker of our own."""
    if bus == "sqlite":
        yield {"engine": "sqlite", "path": "hub.db", "partitions": 4}
        return
    try:
        with cluster(1) as running:
            yield {
                "engine": "kafka",
                "servers": list(running.servers),
                "partitions": 4,
                "replication": 1,
                "min_insync": 1,
            }
    except UnavailableError as error:
        raise ConfigError(f"--bus kafka: {error}; or leave the option out") from None


@contextmanager
def _directory(*, keep: bool) -> Iterator[Path]:
    if not keep:
        with tempfile.TemporaryDirectory(prefix="tracehub-demo-") as name:
            yield Path(name)
        return
    if KEPT.exists():
        raise ConfigError(f"./{KEPT} exists from an earlier run; move it away or remove it")
    KEPT.mkdir()
    yield KEPT


@contextmanager
def _shown(*, as_json: bool) -> Iterator[Show]:
    """Live progress on a terminal, a line now and then elsewhere, nothing for JSON."""
    out = console()
    began = last = _CLOCK.monotonic_s()
    if as_json:
        yield lambda _account, _seen: None
    elif out.is_terminal:
        with Live(console=out, refresh_per_second=8) as live:
            yield lambda account, seen: live.update(_picture(account, seen, began))
    else:

        def line(account: Account, seen: Seen) -> None:
            nonlocal last
            if _CLOCK.monotonic_s() - last >= _LINE_S:
                last = _CLOCK.monotonic_s()
                out.print(_headline(account, seen, began))

        yield line


def _headline(account: Account, seen: Seen, began: float) -> str:
    rate = seen.published / max(0.001, _CLOCK.monotonic_s() - began)
    handed_over = len(seen.receipts) + len(seen.failed)
    return (
        f"{seen.published} of {account.published} events judged ({rate:.0f}/s): "
        f"{len(seen.canonical)} canonical, {len(seen.refused)} refused; "
        f"{handed_over} of {account.expected_deliveries} deliveries"
    )


def _picture(account: Account, seen: Seen, began: float) -> Group:
    table = Table(box=None, pad_edge=False)
    table.add_column("receiver")
    table.add_column("due", justify="right")
    table.add_column("delivered", justify="right")
    table.add_column("")
    delivered = seen.deliveries()
    for receiver, due in sorted(account.due.items()):
        share = delivered[receiver] / max(1, due)
        bar = "█" * round(24 * share) + "░" * (24 - round(24 * share))
        table.add_row(receiver, str(due), str(delivered[receiver]), bar)
    return Group(Text(_headline(account, seen, began)), table)


def _print_summary(summary: Mapping[str, Any]) -> None:
    out = console()
    out.print(
        f"\n{summary['published']} published = {summary['canonical']} canonical "
        f"+ {summary['dead_lettered']} dead letters"
    )
    for connection, count in summary["deliveries"].items():
        out.print(f"  {connection:26} {count:6} delivered")
    out.print(
        f"{sum(summary['deliveries'].values())} deliveries of "
        f"{summary['expected_deliveries']} expected; lost: {summary['lost']}, "
        f"duplicate_effects: {summary['duplicate_effects']}; {summary['wall_s']} s"
    )
    out.print("Everything adds up." if summary["adds_up"] else "It does NOT add up.")


async def _stay(rehearsal: Rehearsal) -> None:
    """Go on until interrupted, so that a visitor can publish events of their own."""
    edges = Edges(silent())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, edges.stopping.set)
    hub = asyncio.create_task(run(rehearsal.settings, SERVICES, edges))
    while "console" not in edges.addresses and not hub.done():
        await _CLOCK.sleep(_LOOK_S)
    path = rehearsal.settings_file
    console().print(
        f"\nHub and systems go on; the settings are in {path}.\n"
        f"The console: {edges.addresses.get('console', 'not started')}\n"
        "In another terminal try\n"
        f"  tracehub connections -c {path}\n"
        f"  tracehub dead-letters list -c {path}\n"
        f"  tracehub feed EVENT.json --category food --connection provincial/zhejiang -c {path}\n"
        "Ctrl-C ends it."
    )
    await hub
