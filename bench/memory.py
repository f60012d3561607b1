"""Memory: what the exchange holds while millions of events go through it.

Events are published a little ahead of what it reads; what was read is deleted, so that neither disk
nor page cache decides. The slope is that of a line through all looks after the first fifth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bench.bench import Bench
from bench.broker import Broker, Ends
from bench.contender import Contender, compare
from bench.figures import Figures, void
from bench.hub import exchange
from bench.paced import announce
from bench.process import Measured, running, until
from bench.rounds import show
from tracehub.testing.load import Load, Tally, Written
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load

_STEP: Final = 25_000
"""Events between two looks, and no more than a producer holds."""
_SHOWN: Final = 10_000
"""Events of a load after which all its templates have been seen."""
_STALLED_S: Final = 120.0
_SETTLED: Final = 0.2


def memory(bench: Bench) -> Sequence[Figures]:
    """Peak and slope over `bench.soak` events."""
    shape = Shape("third-party/soak", FOUR, eight())
    load = make_load(shape, "canonical")
    filled = announce(bench.broker, shape, load, _SHOWN)
    hub = exchange(bench.folder, bench.broker, filled, "memory", "exchange", trusted=True)
    soak = _Soak(bench.broker, load, hub)
    with running(hub.command, hub.env, bench.folder / "memory.log") as process:
        looks = soak.run(process, bench.soak)
        process.end()
    due = load.due()
    wrong = compare(due, soak.found, "values")
    if wrong:
        return [void("memory", "exchange", wrong)]
    settled = [each for each in looks if each[0] > bench.soak * _SETTLED]
    return [
        Figures(
            "memory",
            "exchange",
            rss_mib=round(process.peak_mib, 1),
            more={
                "events": bench.soak,
                "slope_mib_per_million": round(slope(settled) * 1e6, 2),
                "first_mib": round(settled[0][1], 1),
                "last_mib": round(settled[-1][1], 1),
            },
        )
    ]


def slope(looks: Sequence[tuple[float, float]]) -> float:
    """Of the straight line with the least squares."""
    count = len(looks)
    x = sum(each[0] for each in looks) / count
    y = sum(each[1] for each in looks) / count
    square = sum((each[0] - x) ** 2 for each in looks)
    return sum((each[0] - x) * (each[1] - y) for each in looks) / square if square else 0.0


def held_mib(pid: int) -> float:
    """What a process holds now (VmRSS)."""
    with suppress(OSError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return 0.0


class _Soak:
    """Publishes, counts and deletes, step by step."""

    def __init__(self, broker: Broker, load: Load, hub: Contender) -> None:
        names = {topic for each in load.templates for topic in each.due}
        broker.make(names, 4)
        self._broker, self._load, self._outputs = broker, load, sorted(names)
        broker.forget(hub.groups)
        self._first: Ends = broker.ends(self._outputs)
        self._read: dict[tuple[str, int], int] = dict(self._first)
        self.found = {name: Tally() for name in names}

    def run(self, process: Measured, count: int) -> list[tuple[float, float]]:
        """(events judged, MiB held) after each step."""
        share = self._load.share()
        producer = self._broker.producer()
        looks = []
        published = 0
        for step in _steps(self._load.records(count), _STEP):
            for written in step:
                topic = self._load.templates[written.template].topic
                producer.produce(topic, written.value, written.key)
                if not published % 1000:
                    producer.poll(0)
                published += 1
            producer.flush()
            self._await(published - _STEP, share, process)
            looks.append((self._judged() / share, held_mib(process.pid)))
            self._clear()
            show(f"memory: {published} published, {looks[-1][1]:.0f} MiB")
        total = sum(each.count for each in self._load.due().values())
        until(lambda: self._judged() >= total, seconds=_STALLED_S, look_s=0.2)
        self._clear()
        return looks

    def _judged(self) -> int:
        ends = self._broker.ends(self._outputs)
        return sum(ends.values()) - sum(self._first.values())

    def _await(self, events: int, share: float, process: Measured) -> None:
        there = until(
            lambda: self._judged() >= events * share * 0.98, seconds=_STALLED_S, look_s=0.1
        )
        if not there:
            raise TimeoutError(f"it judges no more: {process.last_words}")

    def _clear(self) -> None:
        """Count what has come since the last time, and free its space."""
        ends = self._broker.ends(self._outputs)
        for topic, tally in self._broker.count(self._read, ends).items():
            self.found[topic].plus(tally)
        self._read = dict(ends)
        self._broker.drop(ends)


def _steps(records: Iterator[Written], size: int) -> Iterator[list[Written]]:
    step: list[Written] = []
    for each in records:
        step.append(each)
        if len(step) == size:
            yield step
            step = []
    if step:
        yield step
