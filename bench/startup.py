"""Start-up: from the start of the program to the first event on a receiver's topic.

The cluster is warm: topics are there, the group is known and waits for nobody
(`group.initial.rebalance.delay.ms=0`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from confluent_kafka import Consumer

from bench.bench import Bench
from bench.figures import Figures, spread, void
from bench.hub import exchange, fill
from bench.process import running
from bench.rounds import show
from tracehub.testing.load_hub import FOUR, Shape, eight

_EVENTS: Final = 400
_DEADLINE_S: Final = 60.0
_SETTLE_S: Final = 1.0


def startup(bench: Bench) -> Sequence[Figures]:
    """The time to the first delivered event, several times."""
    filled = fill(bench.broker, Shape("third-party/start", FOUR, eight()), "canonical", _EVENTS)
    # As it was installed: its code is compiled once, here by the start that does not count.
    env = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bench.folder / "bytecode")}
    hub = exchange(
        bench.folder, bench.broker, filled, "start-up", "exchange", trusted=True, env=env
    )
    receivers = [topic for topic in hub.due if topic.startswith("deliver.")]
    took, spent = [], []
    for number in range(bench.rounds + 1):
        bench.broker.forget(hub.groups)
        with bench.broker.reader() as consumer:
            # A reader that waits takes no time away from what is measured.
            bench.broker.assign(consumer, bench.broker.ends(receivers))
            consumer.poll(_SETTLE_S)
            begun = time.monotonic()
            with running(hub.command, hub.env, bench.folder / "start-up.log") as process:
                there = _arrives(consumer)
                took.append((time.monotonic() - begun) * 1000)
                spent.append(process.cpu_s() * 1000)
                process.end()
        show(f"start-up {number}: {took[-1]:.0f} ms, {spent[-1]:.0f} ms of CPU")
        if not there:
            return [void("start-up", "exchange", process.last_words)]
    times = spread(took[1:])
    return [
        Figures(
            "start-up",
            "exchange",
            p50_ms=times.median,
            rss_mib=round(process.peak_mib, 1),
            rounds=bench.rounds,
            more={
                "min_ms": times.min,
                "max_ms": times.max,
                "cpu_ms": spread(spent[1:]).median,
            },
        )
    ]


def _arrives(consumer: Consumer) -> bool:
    """Wait for an event; a marker is none."""
    limit = time.monotonic() + _DEADLINE_S
    while (left_s := limit - time.monotonic()) > 0:
        record = consumer.poll(left_s)
        if record is not None and record.value():
            return True
    return False
