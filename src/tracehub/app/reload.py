"""Reload: a settings file that changes is read again, and the services go on by it.

They stop in order and start anew in the same process; a file that does not fit is told in the log
and changes nothing. Must not know what is in it.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tracehub.app.edges import Edges
from tracehub.app.judgement import judgement
from tracehub.app.run import run
from tracehub.errors import ConfigError
from tracehub.services.waiting import pause
from tracehub.settings import Settings
from tracehub.settings_load import load_settings

_LOOK_EVERY_S: Final = 1.0


async def run_reloading(
    path: Path, settings: Settings, services: Sequence[str], edges: Edges, only: Collection[str]
) -> None:
    """As `run()`, by the settings in a file, whenever it or a file that it names has changed.

    Raises:
        ConfigError, RetryError: as `run()`; not for a file that changed later.
    """
    held = _Held(settings, _digest(path, settings))
    while not edges.stopping.is_set():
        part = copy.copy(edges)
        part.stopping = asyncio.Event()
        watching = asyncio.create_task(_next(path, held, part.stopping, edges))
        try:
            await run(held.settings, services, part, only)
        except BaseException:
            watching.cancel()
            raise
        held = await watching


class _Held(NamedTuple):
    """Settings, and the digest from before they were read: what changes later has another."""

    settings: Settings
    digest: bytes


async def _next(path: Path, held: _Held, stopping: asyncio.Event, edges: Edges) -> _Held:
    """Settings that differ and fit, or the same ones when the process is to end; then stop."""
    settings, seen = held
    while not edges.stopping.is_set():
        await pause(edges.clock, _LOOK_EVERY_S, edges.stopping)
        now = _digest(path, settings)
        if now == seen:
            continue
        seen = now
        found = _fitting(path, settings)
        if isinstance(found, Settings):
            edges.log.info("settings_changed", file=str(path))
            stopping.set()
            return _Held(found, now)
        edges.log.error("settings_refused", file=str(path), error=found)
    stopping.set()
    return held


def _fitting(path: Path, settings: Settings) -> Settings | str:
    """The settings in the file, or why they do not fit."""
    try:
        found = load_settings(path)
        judgement(found)
    except ConfigError as error:
        return str(error)
    for name in ("bus", "services"):
        if getattr(found, name) != getattr(settings, name):
            return f"{path} {name}: this takes a restart of the process"
    return found


def _digest(path: Path, settings: Settings) -> bytes:
    """Over the file and all that it names at its top; a file that is away counts as empty."""
    named = (getattr(settings, name) for name in type(settings).model_fields)
    files = [path, *(each for each in named if isinstance(each, Path))]
    found = hashlib.sha256()
    for each in files:
        held = [each] if each.is_file() else sorted(each.rglob("*")) if each.is_dir() else []
        for file in held:
            if file.is_file():
                found.update(file.read_bytes())
        found.update(b"\0")
    return found.digest()
