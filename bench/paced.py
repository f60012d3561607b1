"""A load published at a steady rate, and what a contender spends on it meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from confluent_kafka import Producer

from bench.broker import Broker, Ends
from bench.contender import Contender, Round, compare, settle
from bench.hub import Filled
from bench.process import Measured, running, until
from tracehub.testing.load import Load
from tracehub.testing.load_hub import Shape

_BEAT_S: Final = 0.002
_COUNTED_FROM: Final = 0.25
_DRAIN_S: Final = 60.0
READY_S: Final = 60.0


def announce(broker: Broker, shape: Shape, load: Load, count: int) -> Filled:
    """A load that will be published while it is measured: its topics, and what will be due."""
    for _ in load.records(count):
        pass
    topics = tuple(dict.fromkeys(each.topic for each in load.templates))
    broker.make(topics, shape.partitions)
    return Filled(load, count, topics, shape)


def pace(
    producer: Producer, load: Load, count: int, rate: float, sending: Callable[[int], None]
) -> None:
    """Publish `count` records, evenly spread; `sending` is told the number of each before."""
    begun = time.perf_counter()
    for number, written in enumerate(load.records(count)):
        while (time.perf_counter() - begun) * rate < number:
            producer.poll(0)
            time.sleep(_BEAT_S)
        sending(number)
        producer.produce(load.templates[written.template].topic, written.value, written.key)
    if left := producer.flush(_DRAIN_S):
        raise TimeoutError(f"{left} records were not acknowledged")


def perform_paced(
    contender: Contender, broker: Broker, load: Load, rate: float, log: Path
) -> Round:
    """One round at a steady rate: the CPU time from a quarter of the load to the last arrival."""
    broker.drop(broker.ends(contender.inputs))
    broker.forget(contender.groups)
    first = broker.ends(contender.due)
    due = {topic: each.count for topic, each in contender.due.items()}
    with running(contender.command, contender.env, log) as process:
        producer = broker.producer(**{"linger.ms": 5})
        marks: list[tuple[int, float, float, float]] = []
        start = int(contender.events * _COUNTED_FROM)

        def mark(number: int) -> None:
            if number == start:
                marks.append((number, process.cpu_s(), broker.cpu_s(), time.monotonic()))

        await_rest(process)
        pace(producer, load, contender.events, rate, mark)
        until(lambda: _arrived(broker, due, first), seconds=_DRAIN_S, look_s=0.1)
        at = contender.events, process.cpu_s(), broker.cpu_s(), time.monotonic()
        marks.append(at)
        settle(process, broker, contender)
        process.end()
    last = broker.ends(contender.due)
    wrong = compare(contender.due, broker.count(first, last), contender.exact)
    broker.drop(last)
    (n0, cpu0, broker0, at0), (n1, cpu1, broker1, at1) = marks
    done = n1 - n0
    return Round(
        (cpu1 - cpu0) / done * 1e6,
        (broker1 - broker0) / done * 1e6,
        done / (at1 - at0),
        process.peak_mib,
        wrong,
    )


def _arrived(broker: Broker, due: Mapping[str, int], first: Ends) -> bool:
    return sum(broker.ends(due).values()) - sum(first.values()) >= sum(due.values())


def await_rest(process: Measured) -> None:
    """Until the process has started and is at rest."""
    spent = -1.0

    def still() -> bool:
        nonlocal spent
        before, spent = spent, process.cpu_s()
        return spent > 0.3 and spent - before < 0.05  # noqa: PLR2004 - a start costs more

    if not until(still, seconds=READY_S, look_s=0.5):
        raise TimeoutError(f"it does not come to rest: {process.last_words}")
