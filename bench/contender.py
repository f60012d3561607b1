"""A contender: one process that does the work, from the first record to the last, and its figures.

CPU time is taken between 20 % and 95 % of the outputs, so that neither start nor end counts. What
lies on the topics afterwards must be exactly what is due, or the figure is void.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple

from bench.broker import Broker, Ends
from bench.process import Measured, running, until
from tracehub.testing.load import Tally

Exact = Literal["values", "keys", "counts"]
_FROM: Final = 0.20
_TO: Final = 0.95
_LOOK_S: Final = 0.05
_SETTLE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Contender:
    """Who does what.

    Attributes:
        workload, variant: the name of its figures.
        command: the program.
        events: how many it reads.
        due: what must lie on each topic afterwards.
        exact: how close it is looked at: number, sum of the keys, sum of the values.
        groups: consumer groups that begin anew before each round.
        env: for the program.
        inputs: topics of which its group must have committed everything in the end.
        timeout_s: it is given up then.
    """

    workload: str
    variant: str
    command: Sequence[str]
    events: int
    due: Mapping[str, Tally]
    exact: Exact = "values"
    groups: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    timeout_s: float = 90.0

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.workload} ({self.variant})"


class Sample(NamedTuple):
    """One look at a running contender."""

    at_s: float
    cpu_s: float
    broker_s: float
    outputs: int


class Round(NamedTuple):
    """The figures of one round; `wrong` says why they are void."""

    cpu_us: float
    broker_us: float
    events_per_s: float
    rss_mib: float
    wrong: str = ""


def perform(contender: Contender, broker: Broker, log: Path, *, keep: bool = False) -> Round:
    """One round: run the process until all is there, count everything.

    Args:
        contender: who.
        broker: where its load lies.
        log: for what it says.
        keep: leave the outputs where they are.
    """
    broker.forget(contender.groups)
    first = broker.ends(contender.due)
    total = sum(each.count for each in contender.due.values())
    with running(contender.command, contender.env, log) as process:
        samples = _watch(process, broker, contender, first, total)
        left = settle(process, broker, contender)
        process.end()
    last = broker.ends(contender.due)
    wrong = compare(contender.due, broker.count(first, last), contender.exact)
    if left and not wrong:
        wrong = f"{left} records are not committed"
    if not keep:
        broker.drop(last)
    if wrong:
        wrong = f"{wrong}; {process.last_words[-300:]}".strip("; ")
    return _figures(samples, contender.events, total, process.peak_mib, wrong)


def settle(process: Measured, broker: Broker, contender: Contender) -> int:
    """Wait until everything is committed; how many records are not when that takes too long.

    A marker counts as an output, so that the last outputs may still be on their way before.
    """
    left = 0

    def committed() -> bool:
        nonlocal left
        left = broker.lag(contender.groups[0], contender.inputs)
        return not left or process.ended

    if contender.inputs:
        until(committed, seconds=_SETTLE_S, look_s=_LOOK_S)
    return left


def _watch(
    process: Measured, broker: Broker, contender: Contender, first: Ends, total: int
) -> list[Sample]:
    samples: list[Sample] = []
    limit = time.monotonic() + contender.timeout_s
    begun = sum(first.values())
    while time.monotonic() < limit and not process.ended:
        outputs = sum(broker.ends(contender.due).values()) - begun
        samples.append(Sample(time.monotonic(), process.cpu_s(), broker.cpu_s(), outputs))
        process.rss_mib()
        if outputs >= total:
            break
        time.sleep(_LOOK_S)
    return samples


def compare(due: Mapping[str, Tally], found: Mapping[str, Tally], exact: Exact) -> str:
    """The first difference between what is due and what is there, or nothing."""
    for topic in sorted(due):
        wanted, got = due[topic], found.get(topic, Tally())
        if wanted.count != got.count:
            return f"{topic}: {got.count} records, {wanted.count} are due"
        if exact == "counts" or not wanted.keys or topic.startswith("dead-letter."):
            continue
        if wanted.keys != got.keys:
            return f"{topic}: the keys differ from those that are due"
        if exact == "values" and wanted.values != got.values:
            return f"{topic}: the values differ from those that are due"
    return ""


def _figures(
    samples: Sequence[Sample], events: int, total: int, rss_mib: float, wrong: str
) -> Round:
    start = next((each for each in samples if each.outputs >= total * _FROM), None)
    stop = next((each for each in samples if each.outputs >= total * _TO), None)
    if start is None or stop is None or stop.outputs <= start.outputs:
        return Round(0.0, 0.0, 0.0, rss_mib, wrong or "too fast or too slow to be measured")
    done = (stop.outputs - start.outputs) / total * events
    return Round(
        (stop.cpu_s - start.cpu_s) / done * 1e6,
        (stop.broker_s - start.broker_s) / done * 1e6,
        done / (stop.at_s - start.at_s),
        rss_mib,
        wrong,
    )
