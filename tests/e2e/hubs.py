"""Hubs that a test starts in this process, and one that loses records."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.e2e.test_gateway import document
from tracehub.app import Edges, open_bus, run, topic_specs
from tracehub.app.workers import Workers
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.outcome import Settled
from tracehub.model.record import Received, Record
from tracehub.services.exchange import Exchange
from tracehub.settings_load import load_settings
from tracehub.telemetry.health import application, serving
from tracehub.telemetry.log import silent
from tracehub.testing.servers.found import free_port
from tracehub.testing.systems import secret_of

GOOD, BAD = "third-party/market", "third-party/broken"
RULES = """
rules:
  - {id: all/centres, title: Everything goes to every centre, to: {type: central}}
"""
WRONG = RULES.replace("all/centres", "all/other")


def write_hub(
    folder: Path, name: str, urls: Mapping[str, str] = MappingProxyType({})
) -> tuple[Path, int, int]:
    """Settings of a hub with a log of its own; its file, and its ports for metrics and gateway."""
    metrics, gateway = free_port(), free_port()
    (folder / f"{name}-rules.yaml").write_text(RULES, "utf-8")
    publishers = {
        each: {"direction": "in", "categories": ["food"], "region": "330000"}
        for each in (GOOD, BAD)
    }
    principals = {
        each.partition("/")[2]: {
            "connection": each,
            "api_keys": [hashlib.sha256(each.encode()).hexdigest()],
        }
        for each in (GOOD, BAD)
    }
    tree = {
        "bus": {"engine": "sqlite", "path": f"{name}.db", "partitions": 1},
        "rules": f"{name}-rules.yaml",
        "services": {"http_port": metrics, "log_level": "error", "flood_rest_s": 1.0},
        "gateway": {"port": gateway, "principals": principals},
        "connections": {**publishers, **{each: _centre(folder, each, urls[each]) for each in urls}},
    }
    path = folder / f"{name}.yaml"
    with path.open("w", encoding="utf-8") as out:
        YAML().dump(tree, out)
    return path, metrics, gateway


def _centre(folder: Path, connection: str, url: str) -> dict[str, Any]:
    """A system that is tried again soon, its secret in a file."""
    secret = connection.replace("/", ".")
    (folder / secret).write_text(secret_of(connection), "utf-8")
    return {
        "direction": "out",
        "tier": "central",
        "region": "000000",
        "disclosure": "regulator",
        "url": url,
        "secrets": {"token": {"file": secret}},
        "limits": {
            "breaker_failures": 2,
            "breaker_reset_s": 0.5,
            "backoff_s": 0.05,
            "backoff_max_s": 0.5,
        },
    }


@asynccontextmanager
async def hub_here(settings_file: Path, *services: str) -> AsyncIterator[Bus]:
    """Services of a hub in this process, scraped as one of its own; yields its log."""
    settings = load_settings(settings_file)
    edges = Edges(silent())
    app = application(edges.health, edges.metrics)
    async with (
        open_bus(settings, edges.clock) as log,
        serving(app, "127.0.0.1", settings.services.http_port),
    ):
        await log.ensure(topic_specs(settings))
        work = asyncio.create_task(run(settings, services, edges))
        try:
            yield log
        finally:
            edges.stopping.set()
            await work


async def lose_all(self: Exchange, batch: list[Received]) -> Settled:
    """A stage with a fault of ours: what becomes of its records is forgotten."""
    await STAGE(self, batch)
    return Settled({})


STAGE: Any = Exchange.stage


@asynccontextmanager
async def wrong_release(settings_file: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A hub of other rules, whose exchange loses records, in the place of the right one."""
    rules = settings_file.with_name(f"{settings_file.stem}-rules.yaml")
    rules.write_text(WRONG, "utf-8")
    with patch.context() as patched:
        patched.setattr(Exchange, "stage", lose_all)
        async with hub_here(settings_file, "exchange") as log:
            await log.publish([Record(topics.raw("food", GOOD), b"k", document(0))])
            yield
    rules.write_text(RULES, "utf-8")


@asynccontextmanager
async def worker_here(settings_file: Path) -> AsyncIterator[Workers]:
    """What looks after a worker, in this process; the worker is one of its own."""
    settings = load_settings(settings_file)
    edges = Edges(silent())
    folder = settings_file.with_name("sockets")
    folder.mkdir()
    arguments = ("run", "exchange", "--config", str(settings_file))
    workers = Workers(arguments, folder, 1, edges, settings.services.drain_s)
    async with serving(workers.application(), "127.0.0.1", settings.services.http_port):
        work = asyncio.create_task(workers.run())
        try:
            yield workers
        finally:
            edges.stopping.set()
            await work


def killed(workers: Workers) -> AbstractAsyncContextManager[None]:
    """Each worker is killed as soon as it is there."""

    async def kill() -> None:
        for each in workers.all:
            if each.process is not None:
                with suppress(ProcessLookupError):
                    each.process.kill()

    return again(kill)


@asynccontextmanager
async def again(step: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Do something again and again while the block runs."""

    async def repeat() -> None:
        while True:
            await step()
            await asyncio.sleep(0.1)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
