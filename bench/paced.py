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
_COUNTED_TO: Final = 0.95
_AHEAD: Final = 10_000
_LOOK: Final = 1000
Look = tuple[int, float, float, float]
"""What was counted, CPU time of a contender and of the broker, and when."""
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
        marks: list[Look] = []
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
    return _round(marks[0], marks[-1], 1.0, process.peak_mib, wrong)


def press(contender: Contender, broker: Broker, load: Load, log: Path, linger_ms: int) -> Round:
    """One round of a publisher that is as fast as the contender: at most `_AHEAD` events ahead.

    The rate and the CPU time are taken between 25 % and 95 % of the outputs.
    """
    broker.forget(contender.groups)
    first = broker.ends(contender.due)
    total = sum(each.count for each in contender.due.values())
    looks: list[Look] = []
    with running(contender.command, contender.env, log) as process:

        def there() -> int:
            outputs = sum(broker.ends(contender.due).values()) - sum(first.values())
            looks.append((outputs, process.cpu_s(), broker.cpu_s(), time.monotonic()))
            return outputs

        await_rest(process)
        producer = broker.producer(**{"linger.ms": linger_ms})
        for number, written in enumerate(load.records(contender.events)):
            if not number % _LOOK:
                producer.poll(0)
                least = (number - _AHEAD) / contender.events * total
                if not until(lambda least=least: there() >= least, seconds=_DRAIN_S):
                    raise TimeoutError(f"it judges no more: {process.last_words}")
            producer.produce(load.templates[written.template].topic, written.value, written.key)
        producer.flush(_DRAIN_S)
        until(lambda: there() >= total, seconds=_DRAIN_S, look_s=0.05)
        settle(process, broker, contender)
        process.end()
    last = broker.ends(contender.due)
    wrong = compare(contender.due, broker.count(first, last), contender.exact)
    broker.drop(last)
    begin = next(each for each in looks if each[0] >= total * _COUNTED_FROM)
    end = next((each for each in looks if each[0] >= total * _COUNTED_TO), looks[-1])
    return _round(begin, end, contender.events / total, process.peak_mib, wrong)


def _round(begin: Look, end: Look, share: float, rss_mib: float, wrong: str) -> Round:
    """Figures between two looks; `share` is how many events one of what they count makes."""
    (n0, cpu0, broker0, at0), (n1, cpu1, broker1, at1) = begin, end
    done = (n1 - n0) * share
    return Round(
        (cpu1 - cpu0) / done * 1e6,
        (broker1 - broker0) / done * 1e6,
        done / (at1 - at0),
        rss_mib,
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
