"""The gateway: documents of ten events over HTTP, until the log has acknowledged them.

Its cost is taken while publishers send as fast as they are answered; its delay at half of that
rate, counted from the instant at which a document was due. What was accepted must lie on the raw
topic, every document once, byte for byte.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from bench.bench import Bench
from bench.contender import compare
from bench.figures import ROOT, Figures, spread, void
from bench.hub import PROGRAM, kafka, write_settings
from bench.process import Measured, running, until
from bench.publisher import Publisher
from bench.rounds import show
from tracehub.gateway.glance import glance
from tracehub.testing.load import Tally
from tracehub.testing.servers.found import free_port

MARKET: Final = "third-party/market"
RAW: Final = "raw.food.third-party.market"
KEY: Final = "key-of-the-bench"
_EVENTS: Final = 10
_PARTITIONS: Final = 4
_BEHAVIOURS: Final = ("proceed", "rollback")
_READY_S: Final = 30.0
_REST_S: Final = 0.5


class _Round(NamedTuple):
    """What one round came to; `wrong` says why it is void."""

    cpu_us: float
    per_s: float
    delays_ms: Sequence[float]
    rss_mib: float
    wrong: str


def gateway(bench: Bench) -> Sequence[Figures]:
    """Captures with each behaviour: judged when they are read, or first."""
    return [_figures(bench, behaviour) for behaviour in _BEHAVIOURS]


@contextmanager
def serving(
    bench: Bench, connection: Mapping[str, Any], name: str
) -> Iterator[tuple[Measured, int]]:
    """The gateway of a hub with one publisher, and its port."""
    port = free_port()
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    principal = {"connection": MARKET, "api_keys": [digest], "rate_per_s": 1e6}
    tree = {
        "bus": kafka(bench.broker, _PARTITIONS),
        "services": {"http_port": 0, "log_level": "info"},
        "gateway": {"port": port, "principals": {"market": principal}},
        "connections": {
            MARKET: {"direction": "in", "categories": ["food"], "region": "330000", **connection}
        },
    }
    path = write_settings(bench.folder / name / "hub.yaml", tree)
    log = path.with_name("gateway.log")
    bench.broker.make([RAW], _PARTITIONS)
    with running((*PROGRAM, "gateway", "-c", str(path)), {}, log) as process:
        if not until(lambda: "gateway_started" in log.read_text("utf-8"), seconds=_READY_S):
            raise TimeoutError(f"the gateway does not start: {process.last_words}")
        yield process, port
        process.end()


def documents(name: str, count: int) -> list[bytes]:
    """EPCIS documents of ten events, each event with an id of its own."""
    found = json.loads((ROOT / "docs/examples/first-event.json").read_text("utf-8"))
    event = found["epcisBody"]["eventList"][0]
    made = []
    for number in range(count):
        found["epcisBody"]["eventList"] = [
            {**event, "eventID": f"urn:x:{name}-{number}-{index}"} for index in range(_EVENTS)
        ]
        made.append(json.dumps(found).encode())
    return made


def _figures(bench: Bench, behaviour: str) -> Figures:
    rounds = [_round(bench, behaviour, number) for number in range(bench.rounds + 1)][1:]
    wrong = next((each.wrong for each in rounds if each.wrong), "")
    if wrong:
        return void("gateway", behaviour, wrong)
    cost = spread([each.cpu_us for each in rounds])
    delays = sorted(delay for each in rounds for delay in each.delays_ms)
    return Figures(
        "gateway",
        behaviour,
        cpu_us=cost,
        events_per_s=round(spread([each.per_s for each in rounds]).median * _EVENTS),
        p50_ms=round(delays[len(delays) // 2], 1),
        p99_ms=round(delays[len(delays) * 99 // 100], 1),
        rss_mib=round(max(each.rss_mib for each in rounds), 1),
        rounds=len(rounds),
        more={"captures_per_core_s": round(1e6 / cost.median)},
        note="the cost is of one document of ten events",
    )


def _round(bench: Bench, behaviour: str, number: int) -> _Round:
    name = f"gateway-{behaviour}-{number}"
    made = documents(name, max(500, bench.few // 10))
    fifth = len(made) // 5
    parts = made[:fifth], made[fifth : 3 * fifth], made[3 * fifth :]
    due = Tally()
    for each in made:
        due.add(glance(each).key, each)
    headers = {
        "x-api-key": KEY,
        "content-type": "application/json",
        "gs1-capture-error-behaviour": behaviour,
    }
    with serving(bench, {}, name) as (process, port):
        begun = bench.broker.ends([RAW])
        publisher = Publisher(port, "/capture", headers)
        cpu_us, per_s, delays = asyncio.run(_measured(process, publisher, parts))
        wrong = compare({RAW: due}, bench.broker.count(begun, bench.broker.ends([RAW])), "values")
    show(f"{name}: {wrong or f'{cpu_us:.0f} us, {per_s:.0f} captures/s'}")
    return _Round(cpu_us, per_s, [each * 1000 for each in delays], process.peak_mib, wrong)


async def _measured(
    process: Measured, publisher: Publisher, parts: Sequence[Sequence[bytes]]
) -> tuple[float, float, list[float]]:
    """Microseconds of CPU for a document, documents a second, and the delays at half of that."""
    warming, hurried, paced = parts
    await publisher.hurry(warming)
    before = process.cpu_s()
    took = await publisher.hurry(hurried)
    spent = process.cpu_s() - before
    per_s = len(hurried) / took
    await asyncio.sleep(_REST_S)
    return spent / len(hurried) * 1e6, per_s, await publisher.pace(paced, per_s / 2)
