"""`python -m bench.index`: what filling and asking the index costs on a private PostgreSQL.

Real events of the demonstration's traffic go through the index's own stage; the processor time of
this process and of the server is counted together. Then the store is filled up, day by day, and
asked. Prints one JSON object; says nothing about a machine that others use at the same time but by
processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from tracehub.app import Edges, exchange_stage, judgement, open_bus, topic_specs
from tracehub.bus import topics
from tracehub.index import EVENT, Entry, PostgresIndex, term
from tracehub.index.entry import identity, terms
from tracehub.index.store import DAY_MS
from tracehub.model.outcome import Emit
from tracehub.model.record import Received
from tracehub.services.index import Indexing
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.servers.postgres import postgres
from tracehub.testing.traffic import PUBLISHERS, traffic

_BATCH = 1000
_DAYS = 30
_TICKS_PER_S = 100
_ASKED = 1000


async def measured(events: int, filled: int, url: str, data: Path) -> dict[str, Any]:
    """The figures: inserts with `events` real ones, look-ups with about `filled` entries."""
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
        now = stage.clock.now_ms()
        for number in range(0, filled, _BATCH * 5):
            await store.add(list(_made(number, _BATCH * 5, now, chance)))
        await _analysed(url)
        waits = [await _asked(store, chance.randrange(max(1, filled))) for _ in range(_ASKED)]
    return {
        "events": count,
        "events_per_cpu_s": round(count / spent),
        "own_us": round(own / count * 1e6, 1),
        "server_us": round((spent - own) / count * 1e6, 1),
        "entries": count + filled,
        "days": _DAYS,
        "lookup_p50_ms": round(statistics.median(waits) * 1000, 2),
        "lookup_p99_ms": round(statistics.quantiles(waits, n=100)[98] * 1000, 2),
    }


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
            (outcome,) = await exchange.stage([raw])
            if isinstance(outcome, Emit):
                found += [
                    Received(each.topic, each.key, each.value, each.headers, 0, offset, 0)
                    for each in outcome.records
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
    ticks = 0
    for (pid,) in rows:
        if pid != own:
            parts = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            ticks += int(parts[11]) + int(parts[12])
    return ticks / _TICKS_PER_S


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.index", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000, help="real ones, for the rate")
    parser.add_argument("--filled", type=int, default=10_000_000, help="entries to look up in")
    chosen = parser.parse_args()
    with postgres() as server, tempfile.TemporaryDirectory(prefix="tracehub-index-") as folder:
        url = server.url_with_password
        found = asyncio.run(measured(chosen.events, chosen.filled, url, Path(folder)))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
