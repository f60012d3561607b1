"""The lanes of the exchange, and the loops that they are held against, all in one run of rounds.

Each reads a topic filled beforehand to its end; what lies on the outputs is counted exactly.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bench.bench import Bench
from bench.contender import Contender
from bench.engines import engines, fastest
from bench.figures import Figures
from bench.hub import Filled, exchange, fill, routes_file
from bench.loops.task import OUTPUTS, Task, environment
from bench.peers.contest import contenders
from bench.rounds import REFERENCE, interleave
from tracehub.testing.load import Tally
from tracehub.testing.load_hub import FOUR, NATIONAL, Shape, eight

LANES: Final = (
    "pass",
    "naive",
    "canonical-untrusted",
    "cut",
    "norm-json",
    "norm-mapped",
    "norm-xml",
    "peer",
)
"""Workloads that can be asked for by name; the raw copy always takes part."""


def lanes(bench: Bench, wanted: Sequence[str] = LANES) -> list[Figures]:
    """Measure the lanes that are wanted, in turns."""
    fast = standard(bench)
    contenders = copies(bench, fast)
    for name in wanted:
        contenders += _MAKERS[name](bench, fast)
    found = interleave(contenders, bench.broker, bench.rounds, bench.folder)
    due = fast.load.due().items()
    cut = sum(each.count for topic, each in due if topic.startswith("deliver.")) / fast.events
    return [
        replace(each, more={**each.more, "cut_outputs": round(cut, 3)})
        if each.workload == "cut"
        else each
        for each in found
    ]


def standard(bench: Bench) -> Filled:
    """The load of the pass-through lane: canonical events of another hub."""
    return _filled(bench, "third-party/hub", "canonical", bench.events)


def copies(bench: Bench, filled: Filled, *, workload: str = REFERENCE[0]) -> list[Contender]:
    """The raw copies: aiokafka, which is the reference, and confluent-kafka."""
    every = round(1 / max(0.001, filled.load.share() - 2))
    whole = filled.load.read()
    due = {
        OUTPUTS[0]: whole,
        OUTPUTS[1]: whole,
        OUTPUTS[2]: Tally(-(-filled.events // every)),
    }
    bench.broker.make(OUTPUTS, filled.shape.partitions)

    def copy(variant: str, module: str, env: Mapping[str, str]) -> Contender:
        chosen = Task(bench.broker.servers, filled.topics, f"{workload}.{variant}", every, "")
        return Contender(
            workload,
            variant,
            (sys.executable, "-m", f"bench.loops.{module}"),
            filled.events,
            due,
            groups=(chosen.group,),
            env={**environment(chosen), **env},
            inputs=filled.topics,
        )

    return [
        copy("aiokafka", "copy_aiokafka", {}),
        copy("aiokafka-uvloop", "copy_aiokafka", {"BENCH_LOOP": "uvloop"}),
        copy("confluent-kafka", "copy_confluent", {}),
    ]


def _pass(bench: Bench, fast: Filled) -> list[Contender]:
    return [
        exchange(bench.folder, bench.broker, fast, "pass", name, trusted=True, env=env)
        for name, env in engines().items()
    ]


def _cut(bench: Bench, fast: Filled) -> list[Contender]:
    return [
        exchange(bench.folder, bench.broker, fast, "cut", name, trusted=True, cut=True, env=env)
        for name, env in fastest().items()
    ]


def _untrusted(bench: Bench, _fast: Filled) -> list[Contender]:
    shape = Shape("third-party/untrusted", NATIONAL, eight())
    # As many as of a fast lane: the first of its kind in each partition is judged in full.
    filled = fill(bench.broker, shape, "canonical", bench.events)
    return [
        exchange(bench.folder, bench.broker, filled, "canonical-untrusted", name, env=env)
        for name, env in engines().items()
        if name != "fastavro"  # what it costs more is told by pass
    ]


def _json(bench: Bench, _fast: Filled) -> list[Contender]:
    few = _filled(bench, "third-party/json", "epcis-json", bench.few)
    return _normalising(bench, few, "norm-json")


def _xml(bench: Bench, _fast: Filled) -> list[Contender]:
    few = _filled(bench, "third-party/xml", "epcis-xml", bench.few)
    return _normalising(bench, few, "norm-xml")


def _mapped(bench: Bench, _fast: Filled) -> list[Contender]:
    made = Shape("inspection/mapped", ("food",), eight())
    return _normalising(bench, fill(bench.broker, made, "mapped", bench.few), "norm-mapped")


def _normalising(bench: Bench, few: Filled, workload: str) -> list[Contender]:
    return [
        exchange(bench.folder, bench.broker, few, workload, name, exact="keys", env=env)
        for name, env in fastest().items()
    ]


def _naive(bench: Bench, _fast: Filled) -> list[Contender]:
    few = _filled(bench, "third-party/naive", "canonical", max(2000, bench.events // 12))
    path = routes_file(bench.folder / "naive.json", few)
    chosen = Task(bench.broker.servers, few.topics, "naive", 1, str(path))
    due = few.load.due()
    bench.broker.make(due, few.shape.partitions)
    return [
        Contender(
            "naive",
            "aiokafka-fastavro-pydantic",
            (sys.executable, "-m", "bench.loops.naive"),
            few.events,
            due,
            groups=("naive",),
            env=environment(chosen),
        )
    ]


def _peers(bench: Bench, fast: Filled) -> list[Contender]:
    return contenders(bench, fast)


def _filled(bench: Bench, publisher: str, written: str, events: int) -> Filled:
    assert written in {"canonical", "epcis-json", "epcis-xml"}
    return fill(bench.broker, Shape(publisher, FOUR, eight()), written, events)  # type: ignore[arg-type]  # one of three


_MAKERS: Final[Mapping[str, Callable[[Bench, Filled], list[Contender]]]] = {
    "pass": _pass,
    "naive": _naive,
    "canonical-untrusted": _untrusted,
    "cut": _cut,
    "norm-json": _json,
    "norm-mapped": _mapped,
    "norm-xml": _xml,
    "peer": _peers,
}
