"""What the normaliser alone costs, beside `json.loads` of the same events, and each hash id.

In this process, no log: CPU time of one event, its document of about 1 KB.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from bench.bench import Bench
from bench.figures import Figures, spread
from bench.rounds import show
from tracehub.app import judgement
from tracehub.bus.topics import source_of
from tracehub.normalise.event_hash import event_hash
from tracehub.normalise.normaliser import Source
from tracehub.normalise.reading import read
from tracehub.settings import Settings
from tracehub.testing.load import Format, Load
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load, settings_tree

_EVENTS: Final = 600
_SHAPES: Final[dict[Format, Shape]] = {
    "epcis-json": Shape("third-party/json", FOUR, eight()),
    "epcis-xml": Shape("third-party/xml", FOUR, eight()),
    "mapped": Shape("inspection/mapped", ("food",), eight()),
}


def formats(bench: Bench) -> Sequence[Figures]:
    """The normaliser on each format, and the price of hash ids."""
    work: dict[str, tuple[Callable[[], None], int]] = {}
    for written, shape in _SHAPES.items():
        load = make_load(shape, written)
        values = _good(load)
        work[written] = (_normalising(shape, values), len(values))
        same = [value for _, value in values] if written != "epcis-xml" else _as_json()
        work[f"json.loads of {written}"] = (_loading(same), len(same))
    events = [each.event for value in _as_json() for each in read(value)]
    work["hash sha-256"] = (_hashing(events, "sha-256"), len(events))
    work["hash sm3"] = (_hashing(events, "sm3"), len(events))
    costs: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(bench.rounds + 1):
        for name, (do, count) in work.items():
            begun = time.process_time()
            do()
            costs[name].append((time.process_time() - begun) / count * 1e6)
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


def _good(load: Load) -> list[tuple[str, bytes]]:
    """Topic and value of events that are not broken."""
    found = []
    for written in load.records(_EVENTS):
        template = load.templates[written.template]
        if not template.truth.code:
            found.append((template.topic, written.value))
    return found


def _as_json() -> list[bytes]:
    return [value for _, value in _good(make_load(_SHAPES["epcis-json"], "epcis-json"))]


def _normalising(shape: Shape, values: Sequence[tuple[str, bytes]]) -> Callable[[], None]:
    judged = judgement(Settings.model_validate(settings_tree(shape, {"engine": "sqlite"})))
    work = []
    for topic, value in values:
        category, publisher = source_of(topic)
        work.append((value, Source(category, judged.connections[publisher])))

    def normalise() -> None:
        for value, source in work:
            judged.normaliser.normalise(value, source)

    return normalise


def _loading(values: Sequence[bytes]) -> Callable[[], None]:
    def loads() -> None:
        for value in values:
            json.loads(value)

    return loads


def _hashing(events: Sequence[Any], algorithm: Any) -> Callable[[], None]:
    def hashes() -> None:
        for event in events:
            event_hash(event, algorithm)

    return hashes
