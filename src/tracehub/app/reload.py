"""Reload: a settings file that changes is read again, and the services go on by it.

So are the files that it names, and the secrets of the connections that are served here. They stop
in order and start anew in the same process; a file that does not fit is told in the log and changes
nothing. Must not know what is in it.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Collection, Mapping, Sequence
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
    part_of = _Part(path, frozenset(services), frozenset(only))
    held = _Held(settings, part_of.digest(settings))
    while not edges.stopping.is_set():
        part = copy.copy(edges)
        part.stopping = asyncio.Event()
        watching = asyncio.create_task(_next(part_of, held, part.stopping, edges))
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


class _Part(NamedTuple):
    """What this process runs by the settings in a file.

    Attributes:
        path: the file.
        services: those that run here.
        only: the connections that deliver and collect serve here; all when empty.
    """

    path: Path
    services: frozenset[str]
    only: frozenset[str]

    def secrets(self, settings: Settings) -> Mapping[str, Path]:
        """The files of the secrets that its services read, by where they are named."""
        if self.services.isdisjoint({"deliver", "collect"}):
            return {}
        return {
            f"connections.{connection}.secrets.{name}": reference.file
            for connection, settled in settings.connections.items()
            if connection in self.only or not self.only
            for name, reference in settled.secrets.items()
            if reference.file is not None
        }

    def digest(self, settings: Settings) -> bytes:
        """Over the file and all that it names here; a file that is away counts as empty."""
        named = (getattr(settings, name) for name in type(settings).model_fields)
        files = [self.path, *(each for each in named if isinstance(each, Path))]
        found = hashlib.sha256()
        for each in [*files, *self.secrets(settings).values()]:
            held = [each] if each.is_file() else sorted(each.rglob("*")) if each.is_dir() else []
            for file in held:
                if file.is_file():
                    found.update(file.read_bytes())
            found.update(b"\0")
        return found.digest()

    def fitting(self, settings: Settings) -> Settings | str:
        """The settings in the file, or why they do not fit."""
        try:
            found = load_settings(self.path)
            judgement(found)
        except ConfigError as error:
            return str(error)
        for name in ("bus", "services"):
            if getattr(found, name) != getattr(settings, name):
                return f"{self.path} {name}: this takes a restart of the process"
        away = [
            f"{where}: {file}" for where, file in self.secrets(found).items() if not file.is_file()
        ]
        return f"{away[0]}: no such file" if away else found


async def _next(part: _Part, held: _Held, stopping: asyncio.Event, edges: Edges) -> _Held:
    """Settings that differ and fit, or the same ones when the process is to end; then stop."""
    settings, seen = held
    while not edges.stopping.is_set():
        await pause(edges.clock, _LOOK_EVERY_S, edges.stopping)
        now = part.digest(settings)
        if now == seen:
            continue
        seen = now
        found = part.fitting(settings)
        if isinstance(found, Settings):
            edges.log.info("settings_changed", file=str(part.path))
            stopping.set()
            # It may name other files; what changed while it was read is read again.
            after = part.digest(found)
            return _Held(found, after if part.digest(settings) == now else now)
        edges.log.error("settings_refused", file=str(part.path), error=found)
    stopping.set()
    return held
