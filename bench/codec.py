"""What coding an event costs with each engine, alone and inside the exchange's stage.

    python -m bench.codec --rounds 9 --events 1000

CPU microseconds of this process for one event: the median of rounds in which the engines take
turns, with the least and the most. Every engine's results are compared with the reference before
anything is timed. `trusted`, `canonical` and `document` are whole records judged by the exchange,
without a bus: canonical bytes from a trusted hub and from anybody, and EPCIS JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.engines import engines
from tracehub.app import Edges, exchange_stage, judgement
from tracehub.bus import topics
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import SystemClock
from tracehub.model.record import Received
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Source
from tracehub.normalise.verdict import Accepted
from tracehub.services.exchange import Exchange, Tally
from tracehub.services.outputs import Sheet
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.bad_input.case import good

PUBLISHER, TRUSTED = "provincial/zhejiang", "provincial/sichuan"
CONNECTIONS: Final[Mapping[str, Any]] = {
    "central/national": {"tier": "central", "region": "000000", "disclosure": "personal"},
    PUBLISHER: {"tier": "province", "region": "330000", "disclosure": "personal"},
    TRUSTED: {"tier": "province", "region": "510000", "trusted": True, "disclosure": "personal"},
}
_OWNERS: Final = ("91330000MA27XW0A8L", "91110000MA0012345D", "91440300MA5DA1234K")


class Timed(NamedTuple):
    """What one operation costs with one engine, CPU microseconds."""

    operation: str
    engine: str
    median: float
    least: float
    most: float


class _Lane(NamedTuple):
    operation: str
    call: Callable[[Any], Any]
    inputs: Sequence[Any]


def documents(count: int) -> list[bytes]:
    """EPCIS JSON with one event each: 1 to 5 EPCs, 0 to 2 quantities, a bill, own elements."""
    chance = random.Random(1)  # noqa: S311 - the same events in every run
    return [
        good(
            chance,
            epcList=[
                f"urn:epc:id:sgtin:6901028.007583.{chance.randrange(10**6)}"
                for _ in range(chance.randint(1, 5))
            ],
            quantityList=[
                {"epcClass": "urn:epc:class:lgtin:6901028.007583.A1", "quantity": 12.0}
                for _ in range(chance.randint(0, 2))
            ],
            bizTransactionList=[{"type": "desadv", "bizTransaction": f"urn:x:{at}"}],
            **{f"example:own{each}": f"value {each}" for each in range(3)},
        )
        for at in range(count)
    ]


def exchange_of(engine: str, bus: SqliteBus) -> Exchange:
    """The stage with one engine."""
    tree = {"connections": CONNECTIONS, "services": {"codec": engine}}
    settings = Settings.model_validate(tree)
    return exchange_stage(settings, judgement(settings), bus, Edges(silent()))


def lanes(exchange: Exchange, accepted: Sequence[Accepted], texts: Sequence[bytes]) -> list[_Lane]:
    """Everything that is timed, with its inputs."""
    codec, values = exchange.codec, [each.value for each in accepted]

    def judged(received: Received) -> Any:
        category, publisher = topics.source_of(received.topic)
        tally = Tally(Source(category, exchange.connections[publisher]))
        sheet = Sheet(Links())
        exchange.judge([received], tally, sheet)
        assert not sheet.refused
        return [(topic, row[1]) for topic, rows in sheet.rows().items() for row in rows]

    def raw(publisher: str, inputs: Sequence[bytes]) -> list[Received]:
        topic = topics.raw("food", publisher)
        return [Received(topic, b"", each, (), 0, at, 0) for at, each in enumerate(inputs)]

    return [
        _Lane("header", codec.header, values),
        _Lane("routing", lambda value: codec.routing(value)[:3], values),
        _Lane("offsets", codec.offsets, values),
        _Lane("decode", codec.decode, values),
        _Lane("encode", codec.encode, [each.event for each in accepted]),
        _Lane("trusted", judged, raw(TRUSTED, values)),
        _Lane("canonical", judged, raw(PUBLISHER, values)),
        _Lane("document", judged, raw(PUBLISHER, texts)),
    ]


def measured(exchanges: Mapping[str, Exchange], events: int, rounds: int) -> list[Timed]:
    """Time every lane with every engine, in turns; the first round warms up."""
    texts = documents(events)
    first = next(iter(exchanges.values()))
    source = Source("food", first.connections[PUBLISHER])
    normaliser = first.switches.newest().normaliser
    found = [normaliser.normalise(text, source)[0] for text in texts]
    accepted = [each for each in found if isinstance(each, Accepted)]
    assert len(accepted) == events, found
    by_engine = {name: lanes(each, accepted, texts) for name, each in exchanges.items()}
    results = []
    for turn in zip(*by_engine.values(), strict=True):
        results += _timed(dict(zip(by_engine, turn, strict=True)), rounds)
    return results


def _timed(turn: Mapping[str, _Lane], rounds: int) -> list[Timed]:
    wanted = None
    for name, lane in turn.items():
        made = [lane.call(each) for each in lane.inputs]
        wanted = wanted or made
        assert made == wanted, f"{name} differs from the reference"
    spent: dict[str, list[float]] = {name: [] for name in turn}
    for _ in range(rounds + 1):
        for name, lane in turn.items():
            gc.collect()
            began = time.process_time()
            for each in lane.inputs:
                lane.call(each)
            spent[name].append((time.process_time() - began) / len(lane.inputs) * 1e6)
    return [
        Timed(lane.operation, name, statistics.median(all_), min(all_), max(all_))
        for (name, lane), all_ in zip(
            turn.items(), (each[1:] for each in spent.values()), strict=True
        )
    ]


async def run(events: int, rounds: int) -> list[Timed]:
    """Measure with every engine that is installed."""
    with tempfile.TemporaryDirectory() as folder:
        async with SqliteBus.open(Path(folder) / "hub.db", clock=SystemClock()) as bus:
            return measured({name: exchange_of(name, bus) for name in engines()}, events, rounds)


def main() -> None:
    """Print one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    for each in asyncio.run(run(given.events, given.rounds)):
        sys.stdout.write(json.dumps(each._asdict()) + "\n")


if __name__ == "__main__":
    main()
