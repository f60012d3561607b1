"""The index: what filling and asking it costs on a private PostgreSQL.

Real events of the demonstration's traffic go through the index's own stage; the processor time of
this process and of the server is counted together. Then the store is filled up, day by day, and
asked. Says nothing about a machine that others use at the same time but by processor time.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psycopg

from bench.bench import Bench
from bench.figures import Figures, spread, void
from bench.process import cpu_s
from bench.rounds import show
from tracehub.app import Edges, exchange_stage, judgement, open_bus, topic_specs
from tracehub.bus import topics
from tracehub.index import EVENT, Entry, PostgresIndex, term
from tracehub.index.entry import identity, terms
from tracehub.index.store import DAY_MS
from tracehub.model.outcome import Emit
from tracehub.model.record import Received, records_of
from tracehub.services.index import Indexing
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.kafka_jars import UnavailableError
from tracehub.testing.servers.postgres import postgres
from tracehub.testing.traffic import PUBLISHERS, traffic

VARIANT: Final = "postgresql"
_BATCH: Final = 1000
_PAGE: Final = 5000
_SHOWN: Final = 1_000_000
_DAYS: Final = 30
_ASKED: Final = 1000


def index(bench: Bench) -> Sequence[Figures]:
    """Entering a round's events, and look-ups among `soak` entries."""
    data = bench.folder / "index"
    data.mkdir()
    try:
        with postgres() as server:
            url = server.url_with_password
            return [asyncio.run(measured(bench.few // 2, bench.soak, url, data))]
    except UnavailableError as error:
        return [void("index", VARIANT, str(error))]


async def measured(events: int, filled: int, url: str, data: Path) -> Figures:
    """Inserts with `events` real ones, look-ups with about `filled` entries."""
    chance = random.Random(7)  # noqa: S311 - figures, not secrets
    async with PostgresIndex.open(url) as store:
        batches = await _batches(events, data)
        stage = _stage(store)
        began, server = time.process_time(), _server_s(url)
        for batch in batches:
            outcomes = await stage.stage(batch)
            assert all(isinstance(each, Emit) for each in outcomes)
        own = time.process_time() - began
        spent = own + _server_s(url) - server
        count = sum(map(len, batches))
        await _fill(store, filled, stage.clock.now_ms(), chance)
        await _analysed(url)
        waits = [await _asked(store, chance.randrange(filled)) for _ in range(_ASKED)]
    cost = spent / count * 1e6
    return Figures(
        "index",
        VARIANT,
        cpu_us=spread([cost]),
        p50_ms=round(statistics.median(waits) * 1000, 2),
        p99_ms=round(statistics.quantiles(waits, n=100)[98] * 1000, 2),
        more={
            "events_per_core_s": round(1e6 / cost),
            "own_us": round(own / count * 1e6, 1),
            "server_us": round((spent - own) / count * 1e6, 1),
            "entries": count + filled,
            "days": _DAYS,
        },
    )


async def _fill(store: PostgresIndex, filled: int, now: int, chance: random.Random) -> None:
    for number in range(0, filled, _PAGE):
        await store.add(list(_made(number, min(_PAGE, filled - number), now, chance)))
        if not number % _SHOWN:
            show(f"index: {number} of {filled} entries")


def _settings(data: Path) -> Settings:
    connections = {each: {"region": region} for each, region in PUBLISHERS.values()}
    bus = {"engine": "sqlite", "path": str(data / "hub.db"), "partitions": 1}
    return Settings.model_validate({"bus": bus, "connections": connections})


def _stage(store: PostgresIndex) -> Indexing:
    judged = judgement(_settings(Path()))
    clock = Edges(silent()).clock
    return Indexing(store, judged.codec, judged.normaliser, judged.connections, clock, 3650)


async def _batches(events: int, data: Path) -> list[list[Received]]:
    """Records of `event.*` as the exchange writes them."""
    settings = _settings(data)
    judged, edges = judgement(settings), Edges(silent())
    found: list[Received] = []
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(topic_specs(settings))
        exchange = exchange_stage(settings, judged, bus, edges)
        await exchange.switches.editions.look()
        for offset, sent in enumerate(traffic(events, 1)):
            topic = topics.raw(sent.category, sent.connection)
            raw = Received(topic, sent.key, sent.value, (), 0, offset, edges.clock.now_ms())
            settled = await exchange.stage([raw])
            found += [
                Received(each.topic, each.key, each.value, each.headers, 0, offset, 0)
                for each in records_of(settled.placed)
                if each.topic.startswith("event.")
            ]
    return [found[at : at + _BATCH] for at in range(0, len(found), _BATCH)]


def _made(first: int, count: int, now: int, chance: random.Random) -> Iterator[Entry]:
    """Entries with the terms and facts of an event, over some days."""
    for number in range(first, first + count):
        named = f"urn:event:{number}"
        found = terms("event", [named]) | terms("place", [f"raw.food.a.b/0/{number}/0"])
        found |= terms("code", [f"01/09506000134352/21/{number}"])
        found |= terms("party", [f"party-{number % 1000}"])
        facts = {
            "category": "food",
            "verdict": "accept",
            "effect_key": f"{number:064x}",
            "place": f"raw.food.a.b/0/{number}/0",
        }
        at = now - DAY_MS * (number % _DAYS) - chance.randrange(DAY_MS // 2)
        yield Entry(at, identity(named), EVENT, "a/b", named, found, facts)


async def _asked(store: PostgresIndex, number: int) -> float:
    """How long one look-up takes, as the console makes it."""
    began = time.perf_counter()
    code = f"01/09506000134352/21/{number}"
    found: Sequence[Entry] = await store.find(
        {term("event", code), term("place", code), term("batch", code), term("code", code)}
    )
    taken = time.perf_counter() - began
    assert len(found) == 1
    return taken


async def _analysed(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("ANALYZE tracehub_entry")
        await connection.execute("ANALYZE tracehub_term")


def _server_s(url: str) -> float:
    """Processor seconds that the server's processes for us have spent."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        own = connection.info.backend_pid
    return sum(cpu_s(pid) for (pid,) in rows if pid != own)
