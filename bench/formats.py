"""What the normaliser alone costs, beside `json.loads` of the same events, and each hash id.

In this process, no log: CPU time of one event, its document of about 1 KB. Every round has events
of its own, for what was seen before is remembered; and the same where no event is like one before.
Canonical events are judged, routed and written as the exchange does it, with each codec; beside
them, those of another hub.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from bench.bench import Bench
from bench.engines import engines
from bench.figures import Figures, spread
from bench.rounds import show
from tracehub.app import Judgement, judgement
from tracehub.bus.topics import source_of
from tracehub.normalise.event_hash import event_hash
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.reading import read
from tracehub.settings import Settings
from tracehub.testing.load import Format, Load
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load, settings_tree
from tracehub.testing.offline import Offline, batches
from tracehub.testing.price import LANES

_EVENTS: Final = 600
_BATCH: Final = 100
_SHAPES: Final[dict[Format, Shape]] = {
    "epcis-json": Shape("third-party/json", FOUR, eight()),
    "epcis-xml": Shape("third-party/xml", FOUR, eight()),
    "mapped": Shape("inspection/mapped", ("food",), eight()),
}


def formats(bench: Bench) -> Sequence[Figures]:
    """The normaliser on each format, the exchange on canonical events, the price of hash ids."""
    work: dict[str, Iterator[float]] = {}
    rounds = bench.rounds + 1
    as_json = _good(make_load(_SHAPES["epcis-json"], "epcis-json"), rounds)
    for written, shape in _SHAPES.items():
        values = _good(make_load(shape, written), rounds)
        judged = judgement(Settings.model_validate(settings_tree(shape, {"engine": "sqlite"})))
        work[written] = _timed(_normalising(judged), values, rounds)
        work[f"{written}, unlike any before"] = _unlike(judged, values, rounds)
        same = as_json if written == "epcis-xml" else values
        texts = [value for _, value in same]
        work[f"json.loads of {written}"] = _timed(json.loads, texts, rounds)
    for lane in ("canonical-untrusted", "pass"):
        for engine in engines():
            work[f"{lane} ({engine})"] = _exchanging(lane, engine, rounds)
    events = [each.event for _, value in as_json for each in read(value)]
    work["hash sha-256"] = _timed(lambda event: event_hash(event, "sha-256"), events, rounds)
    work["hash sm3"] = _timed(lambda event: event_hash(event, "sm3"), events, rounds)
    costs: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, each_round in work.items():
            costs[name].append(next(each_round))
    found = {name: spread(each[1:]) for name, each in costs.items()}
    for name, each in found.items():
        show(f"formats: {name}: {each.median:.1f} us")
    return [
        Figures(
            "formats",
            name,
            cpu_us=each,
            rounds=bench.rounds,
            more=_ratio(found, name),
        )
        for name, each in found.items()
    ]


def _ratio(found: dict[str, Any], name: str) -> dict[str, float]:
    beside = found.get(f"json.loads of {name}")
    return (
        {} if beside is None else {"times_json_loads": round(found[name].median / beside.median, 2)}
    )


def _good(load: Load, rounds: int) -> list[tuple[str, bytes]]:
    """Topic and value of events that are not broken."""
    found = []
    for written in load.records(_EVENTS * rounds):
        template = load.templates[written.template]
        if not template.truth.code:
            found.append((template.topic, written.value))
    return found


def _timed(do: Callable[[Any], object], values: Sequence[Any], rounds: int) -> Iterator[float]:
    """CPU microseconds of one value, round by round; each round has its own."""
    size = len(values) // rounds
    for start in range(0, size * rounds, size):
        begun = time.process_time()
        for value in values[start : start + size]:
            do(value)
        yield (time.process_time() - begun) / size * 1e6


def _exchanging(name: str, engine: str, rounds: int) -> Iterator[float]:
    """The same of a canonical event in the exchange; twice as many rounds as count warm it up."""
    lane = LANES[name]
    tree = settings_tree(
        lane.shape, {"engine": "sqlite"}, trusted=lane.trusted, services={"codec": engine}
    )
    hub = Offline(Settings.model_validate(tree))
    work = list(batches(make_load(lane.shape, lane.written), 3 * rounds * _EVENTS, _BATCH))
    size = len(work) // (3 * rounds)
    with asyncio.Runner() as runner:
        for batch in work[: -rounds * size]:
            runner.run(hub.take(batch))
        for start in range(len(work) - rounds * size, len(work), size):
            part = work[start : start + size]
            begun = time.process_time()
            for batch in part:
                runner.run(hub.take(batch))
            yield (time.process_time() - begun) / sum(map(len, part)) * 1e6


def _judging(judged: Judgement, normaliser: Normaliser, given: tuple[str, bytes]) -> object:
    category, publisher = source_of(given[0])
    return normaliser.normalise(given[1], Source(category, judged.connections[publisher]))


def _normalising(judged: Judgement) -> Callable[[tuple[str, bytes]], object]:
    return partial(_judging, judged, judged.normaliser)


def _unlike(judged: Judgement, values: Sequence[tuple[str, bytes]], rounds: int) -> Iterator[float]:
    """The same when no event is like one before: each has a normaliser that remembers none."""
    known, size = judged.normaliser, len(values) // rounds
    for start in range(0, size * rounds, size):
        part = values[start : start + size]
        work = [partial(_judging, judged, known.under(known.tables.edition), each) for each in part]
        yield from _timed(lambda judge: judge(), work, 1)
