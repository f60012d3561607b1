"""`run`: the services, in this process or in several that it looks after."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import uvloop

from tracehub.app import SERVICES, Edges, run_reloading
from tracehub.app.orphan import orphaned
from tracehub.cli.options import DEFAULT_CONFIG, ConfigFile
from tracehub.cli.screen import ends_well
from tracehub.errors import ConfigError
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.health import application, serving
from tracehub.telemetry.log import logger
from tracehub.telemetry.spent import counted

_OVERTIME: Final = 3
_SHARED: Final = ("exchange", "deliver")
"""Services whose work a group spreads over processes."""
_FEW_OBJECTS: Final = 50_000
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
"""Numbers of the C library's `mallopt()`."""
_KEPT_BYTES: Final = 64 * 1024 * 1024
_LARGEST_BYTES: Final = 32 * 1024 * 1024
"""The most that it lets one set."""


def run(
    services: Annotated[
        list[str] | None, typer.Argument(help=f"Which of {', '.join(SERVICES)}; all without.")
    ] = None,
    connection: Annotated[
        list[str] | None,
        typer.Option(help="Deliver to and collect from this one alone; may be repeated."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that share the work of exchange, deliver.")
    ] = 1,
    config: ConfigFile = DEFAULT_CONFIG,
    beside: Annotated[Path | None, typer.Option("--worker-socket", hidden=True)] = None,
) -> None:
    """Run services until SIGTERM or SIGINT; then finish what is in hand."""
    _look_seldom()
    _keep_memory()
    with ends_well():
        chosen = services or list(SERVICES)
        for each in chosen:
            if each not in SERVICES:
                raise ConfigError(f"no service {each!r}; there are {', '.join(SERVICES)}")
        settings = load_settings(config)
        only = connection or ()
        if workers > 1:
            work = _run_workers(settings, workers, _shared(chosen, only, config))
        else:
            work = _run(config, settings, chosen, only, beside)
        in_time = uvloop.run(work)
    if not in_time:
        raise typer.Exit(_OVERTIME)


def _shared(services: Sequence[str], only: Collection[str], config: Path) -> Sequence[str]:
    """The arguments of a worker.

    Raises:
        ConfigError: a service can't be shared.
    """
    for each in services:
        if each not in _SHARED:
            raise ConfigError(
                f"--workers: {each} is one process; name the services that are to be shared, "
                f"of {', '.join(_SHARED)}, and run the others beside them"
            )
    chosen = [part for each in only for part in ("--connection", each)]
    return ("run", *services, *chosen, "--config", str(config))


async def _run(
    config: Path,
    settings: Settings,
    services: Sequence[str],
    only: Collection[str],
    socket: Path | None,
) -> bool:
    """True when the shutdown ended within its deadline."""
    edges = Edges(logger(settings.services.log_level), loaded=_keep_what_is_loaded)
    app = application(edges.health, edges.metrics)
    uds: dict[str, Any] = {} if socket is None else {"uds": str(socket)}
    address = _address(settings)
    async with _stoppable(edges), serving(app, *address, **uds) as port:
        edges.log.info("hub_started", services=services, http_port=port)
        watching = None if socket is None else asyncio.create_task(orphaned(edges.stopping))
        work = run_reloading(config, settings, services, edges, only)
        with counted(edges.metrics):
            in_time = await _finished(work, edges, settings.services.drain_s)
        if watching is not None:
            watching.cancel()
    return in_time


async def _run_workers(settings: Settings, count: int, arguments: Sequence[str]) -> bool:
    """As `_run()`, of several processes; each of them has the deadline to itself."""
    from tracehub.app.workers import Workers  # noqa: PLC0415 - one process alone starts faster

    edges = Edges(logger(settings.services.log_level))
    drain_s = settings.services.drain_s
    with tempfile.TemporaryDirectory(prefix="tracehub-") as folder:
        workers = Workers(arguments, Path(folder), count, edges, drain_s)
        app = workers.application()
        async with _stoppable(edges), serving(app, *_address(settings)) as port:
            edges.log.info("hub_started", workers=count, http_port=port, pid=os.getpid())
            return await _finished(workers.run(), edges, 2 * drain_s)


async def _finished(work: Coroutine[Any, Any, None], edges: Edges, drain_s: float) -> bool:
    """Let work go on until it ends, or for `drain_s` after the wish to stop."""
    task = asyncio.create_task(work)
    stopped = asyncio.create_task(edges.stopping.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    done, _ = await asyncio.wait({task}, timeout=drain_s)
    if not done:
        edges.log.error("drain_overran", drain_s=drain_s)
        task.cancel()
        await asyncio.wait({task})
        return False
    task.result()
    edges.log.info("hub_stopped")
    return True


@asynccontextmanager
async def _stoppable(edges: Edges) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, edges.stopping.set)
    yield


def _address(settings: Settings) -> tuple[str, int]:
    return settings.services.http_host, settings.services.http_port


def _look_seldom() -> None:
    """Let the collector of cycles look seldom.

    Tables, and records in hand, are tuples of bytes and texts and make no cycles, but thousands of
    them are held at a time: with the interpreter's own thresholds a fifth of the exchange's time
    goes into looking at them, and of its start.
    """
    gc.set_threshold(_FEW_OBJECTS, 20, 100)


def _keep_memory() -> None:
    """Let the C library keep memory that was let go, where it is GNU's.

    Batches are large and gone after a turn. It would give each back to the system, which clears all
    pages of the next one: a tenth of the exchange's time.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)


def _keep_what_is_loaded() -> None:
    """Let the collector of cycles pass over what stays."""
    gc.collect()
    gc.freeze()
