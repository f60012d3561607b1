"""Suites: which workloads a run has, and how much of each. Every figure of the page comes from one.

`standard` is what `make bench` runs: 20 minutes on a machine that does nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from bench.bench import Bench, Workload
from bench.console import console
from bench.delivering import delivering
from bench.embedded import embedded
from bench.formats import formats
from bench.gateway import gateway
from bench.index import index
from bench.lanes import LANES, lanes
from bench.latency import latency
from bench.many import many
from bench.memory import memory
from bench.model import model
from bench.scaling import offline, workers
from bench.sheet import sheet
from bench.startup import startup
from bench.watched import watched


class Suite(NamedTuple):
    """How much is measured.

    Attributes:
        workloads: by name, in the order they run.
        rounds: how many must count.
        events: of one round of a fast workload.
        soak: events of the memory workload.
        peers: contenders of others.
    """

    workloads: Sequence[str]
    rounds: int
    events: int
    soak: int
    peers: Sequence[str]


ALONE: Final[Mapping[str, Workload]] = {
    "many": many,
    "workers": workers,
    "offline": offline,
    "latency": latency,
    "start-up": startup,
    "memory": memory,
    "sqlite": embedded,
    "deliver": delivering,
    "console": console,
    "index": index,
    "gateway": gateway,
    "sheet": sheet,
    "formats": formats,
    "model": model,
    "watched": watched,
}
"""Workloads that run by themselves; the lanes take turns."""
_ALL: Final = ("kafka-streams", "franz-go", "faststream", "quix-streams", "bytewax")
SUITES: Final = {
    "quick": Suite(("pass", "naive", "norm-json", "start-up", "formats"), 3, 30_000, 100_000, ()),
    "standard": Suite((*LANES, *ALONE), 3, 100_000, 1_000_000, _ALL),
    "full": Suite((*LANES, *ALONE), 7, 200_000, 10_000_000, _ALL),
    "peers": Suite(("pass", "naive", "peer"), 5, 100_000, 0, _ALL),
}


def steps(wanted: Sequence[str]) -> list[tuple[str, Workload]]:
    """What is run one after another: all lanes that are wanted together, then the others."""
    found: list[tuple[str, Workload]] = []
    taking_turns = [each for each in LANES if each in wanted]
    if taking_turns:
        found.append(("lanes", partial(lanes, wanted=taking_turns)))
    found += [(name, ALONE[name]) for name in wanted if name in ALONE]
    return found


def bench_of(suite: Suite, **means: object) -> Bench:
    """The means of a run of this size."""
    return Bench(
        rounds=suite.rounds,
        events=suite.events,
        soak=suite.soak,
        peers=suite.peers,
        **means,  # type: ignore[arg-type]  # broker and folder
    )
