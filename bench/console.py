"""The console's pages while the hub runs at 70 % of its peak, on the embedded log.

Exchange, index and console are processes of their own that share this machine with the publisher.
The peak is what the exchange reaches beside the index; then as much is published at 70 % of it,
and every page is asked for again and again.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final

import httpx2

from bench.bench import Bench
from bench.contender import compare
from bench.embedded import fill, reached, tallies
from bench.figures import Figures, void
from bench.hub import PROGRAM, write_settings
from bench.process import Measured, running, until
from bench.rounds import show
from tracehub.app import Edges, open_bus, topic_specs
from tracehub.bus.port import Bus
from tracehub.index import EVENT, SqliteIndex
from tracehub.model.record import Record
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.load import Load, Tally
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load, settings_tree
from tracehub.testing.servers.found import free_port

ALL: Final = "all pages"
_SHARE: Final = 0.7
_SECONDS: Final = 20
_BEAT_S: Final = 0.02
_READY_S: Final = 60.0
_DRAIN_S: Final = 60.0
_FAR: Final = 1 << 62
_LETTER: Final = re.compile(r'href="(/dead-letters/[0-9a-f]{32})"')
_FEWEST: Final = 2
"""Answers that a page needs for a spread."""
_SERVICES: Final = ("exchange", "index", "console")


def console(bench: Bench) -> Sequence[Figures]:
    """p50 and p95 of every page."""
    return asyncio.run(measured(bench.folder / "console", bench.events // 2, _SECONDS))


async def measured(folder: Path, events: int, seconds: float) -> Sequence[Figures]:
    """The same, with the peak of so many events, over so many seconds."""
    shape = Shape("third-party/hub", FOUR, eight())
    path, ports = _settings(folder, shape)
    load = make_load(shape, "canonical")
    settings = load_settings(path)
    async with open_bus(settings, Edges(silent()).clock) as bus:
        await bus.ensure(topic_specs(settings))
        await fill(bus, load, events)
        due = load.due()
        with ExitStack() as started:
            exchange, *_ = [started.enter_context(_run(each, ports, path)) for each in _SERVICES]
            total = sum(each.count for each in due.values())
            peak, _ = await reached(exchange, bus, list(due), events, total)
            show(f"console: peak {peak:.0f}/s beside the index")
            if not peak:
                return [void("console", ALL, f"no peak: {exchange.last_words}")]
            url = f"http://127.0.0.1:{ports['console']}"
            paths = await asyncio.to_thread(_paths, url, await _known(folder / "index.db"))
            paced = peak * _SHARE, int(peak * _SHARE * seconds)
            more = make_load(shape, "canonical", seed=2)
            sending = asyncio.create_task(_pace(bus, more, *paced))
            waits = await asyncio.to_thread(_asked, url, paths, time.monotonic() + seconds)
            await sending
            wrong = await _wrong(bus, due, more.due())
        return [void("console", ALL, wrong)] if wrong else list(_figures(waits, peak))


def _settings(folder: Path, shape: Shape) -> tuple[Path, Mapping[str, int]]:
    """The settings file, and the port of each service's metrics and of the pages."""
    log = {"engine": "sqlite", "path": str(folder / "log.db"), "partitions": 4}
    ports = {each: free_port() for each in _SERVICES}
    metrics = [f"http://127.0.0.1:{ports[each]}/metrics" for each in ("exchange", "index")]
    tree = settings_tree(shape, log, trusted=True)
    tree["index"] = {"path": str(folder / "index.db")}
    tree["console"] = {"port": ports["console"], "metrics": metrics}
    return write_settings(folder / "hub.yaml", tree), ports


def _run(service: str, ports: Mapping[str, int], path: Path) -> AbstractContextManager[Measured]:
    port = 0 if service == "console" else ports[service]
    env = {"TRACEHUB_SERVICES__HTTP_PORT": str(port)}
    return running((*PROGRAM, service, "-c", str(path)), env, path.with_name(f"{service}.log"))


async def _known(index: Path) -> str:
    """The id of an event that the index knows."""
    async with asyncio.timeout(_READY_S), SqliteIndex.open(index) as store:
        while True:
            found = await store.between(0, _FAR, kind=EVENT, limit=1)
            if found:
                return found[0].event_id
            await asyncio.sleep(0.1)


def _paths(url: str, event_id: str) -> Mapping[str, str]:
    """Every page by its name, once the console answers."""
    with httpx2.Client(base_url=url) as client:

        def answers() -> bool:
            try:
                return client.get("/dead-letters").status_code == httpx2.codes.OK
            except httpx2.TransportError:
                return False

        if not until(answers, seconds=_READY_S, look_s=0.1):
            raise TimeoutError(f"{url} does not answer")
        named = {each: each for each in ("/", "/flow", "/connections", "/rules", "/audit")}
        (letter, *_) = _LETTER.findall(client.get("/dead-letters").text)
        return {
            **named,
            "/story": f"/story?q={event_id}",
            "/dead-letters": "/dead-letters",
            "/dead-letters/{letter_id}": letter,
        }


async def _pace(bus: Bus, load: Load, rate: float, count: int) -> None:
    """Publish evenly, whatever the log can take at a time."""
    begun, sent = time.monotonic(), 0
    batch: list[Record] = []
    for written in load.records(count):
        batch.append(Record(load.templates[written.template].topic, written.key, written.value))
        if sent + len(batch) > (time.monotonic() - begun) * rate:
            await bus.publish(batch)
            sent += len(batch)
            batch = []
            await asyncio.sleep(_BEAT_S)
    await bus.publish(batch)


def _asked(url: str, paths: Mapping[str, str], end: float) -> Mapping[str, Sequence[float]]:
    """Milliseconds of every answer, by page; each page is asked for in turn, and twice at least."""
    waits: dict[str, list[float]] = defaultdict(list)
    with httpx2.Client(base_url=url) as client:
        while time.monotonic() < end or any(len(each) < _FEWEST for each in waits.values()):
            for name, path in paths.items():
                begun = time.perf_counter()
                answer = client.get(path)
                waits[name].append((time.perf_counter() - begun) * 1000)
                answer.raise_for_status()
    return waits


async def _wrong(bus: Bus, first: Mapping[str, Tally], second: Mapping[str, Tally]) -> str:
    """What is missing of both loads once the hub had time to end; nothing when it kept up."""
    due: dict[str, Tally] = defaultdict(Tally)
    for each in (first, second):
        for topic, tally in each.items():
            due[topic].plus(tally)
    end = time.monotonic() + _DRAIN_S
    while wrong := compare(due, await tallies(bus, list(due)), "counts"):
        if time.monotonic() > end:
            return f"the hub did not keep up: {wrong}"
        await asyncio.sleep(1.0)
    return ""


def _figures(waits: Mapping[str, Sequence[float]], peak: float) -> Iterator[Figures]:
    """A line for each page, and one for the slowest of all."""
    lines = {name: _spread(found) for name, found in waits.items()}
    asked = sum(map(len, waits.values()))
    slowest = max(lines.values(), key=lambda each: each[1])
    for name, (middle, most) in (*lines.items(), (ALL, slowest)):
        show(f"console {name}: p50 {middle:.1f} ms, p95 {most:.1f} ms")
        yield Figures(
            "console",
            name,
            events_per_s=round(peak * _SHARE),
            p50_ms=round(middle, 1),
            more={"p95_ms": round(most, 1), "asked": len(waits.get(name, ())) or asked},
        )


def _spread(found: Sequence[float]) -> tuple[float, float]:
    return statistics.median(found), statistics.quantiles(found, n=20)[-1]
