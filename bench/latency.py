"""Latency: from the call that publishes an event to its arrival on a receiver's topic.

At 2,000 events a second, and at 70 % of the peak of this run: what the exchange takes while it is
published, by a publisher of this machine that waits when it is too far ahead. A backlog is judged
faster, because nobody publishes meanwhile, and no rate near that can be published beside it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

from bench.bench import Bench
from bench.contender import Contender, compare
from bench.figures import Figures, void
from bench.hub import Filled, exchange
from bench.paced import announce, await_rest, pace, press
from bench.process import Measured, running, until
from bench.rounds import show
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load

RATE: Final = 2000.0
_SHARE: Final = 0.7
_PRESSED: Final = 100_000
"""Events by which the peak is measured."""
_SECONDS: Final = 10
_DROPPED_S: Final = 2.0
_DRAIN_S: Final = 30.0
_LINGER_MS: Final = 5
"""Of the publisher of the peak, and so of 70 % of it."""
_LOOK_MS: Final = 100
_SOME: Final = 200


class Arrivals:
    """Follows receivers' topics and notes when each event came, by its key."""

    def __init__(self, bench: Bench, topics: Sequence[str]) -> None:
        self.at: dict[bytes, float] = {}
        self._bench = bench
        self._first = bench.broker.ends(topics)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer."""
        self._stopping.set()
        self._thread.join()

    def _follow(self) -> None:
        options = {"fetch.wait.max.ms": _LOOK_MS, "fetch.queue.backoff.ms": 1}
        with self._bench.broker.reader(**options) as consumer:
            self._bench.broker.assign(consumer, self._first)
            while not self._stopping.is_set():
                first = consumer.poll(_LOOK_MS / 1000)
                # Asked for some, the client waits until there are so many: only for what is there.
                for record in () if first is None else (first, *consumer.consume(_SOME, 0)):
                    if record.key():
                        self.at.setdefault(record.key(), time.perf_counter())


def latency(bench: Bench) -> Sequence[Figures]:
    """p50 and p99 at both rates; the peak first, so that a broker just started is warm."""
    peak = _peak(bench)
    calm = _measured(bench, f"{RATE:.0f}/s", RATE, 0)
    if not peak.counts_ok or peak.events_per_s is None:
        return [calm, peak]
    busy = peak.events_per_s * _SHARE
    return [calm, peak, _measured(bench, "70 % of peak", busy, _LINGER_MS)]


def _peak(bench: Bench) -> Figures:
    """What the exchange takes while it is published."""
    filled, hub = _announced(bench, "peak", _PRESSED)
    log = bench.folder / "latency.log"
    result = press(hub, bench.broker, filled.load, log, _LINGER_MS)
    show(f"latency: peak {result.events_per_s:.0f}/s {result.wrong}")
    if result.wrong:
        return void("latency", "peak", result.wrong)
    rate, mib = round(result.events_per_s), round(result.rss_mib, 1)
    return Figures("latency", "peak", events_per_s=rate, rss_mib=mib)


def _announced(bench: Bench, name: str, events: int) -> tuple[Filled, Contender]:
    shape = Shape(f"third-party/{name}", FOUR, eight())
    load = make_load(shape, "canonical")
    load.shared = 1
    filled = announce(bench.broker, shape, load, events)
    return filled, exchange(bench.folder, bench.broker, filled, "latency", name, trusted=True)


def _measured(bench: Bench, variant: str, rate: float, linger_ms: int) -> Figures:
    filled, hub = _announced(bench, f"linger-{linger_ms}", int(rate * _SECONDS))
    receivers = [topic for topic in hub.due if topic.startswith("deliver.")]
    if rate > RATE:
        receivers = ["deliver.provincial.zhejiang"]
    sent: list[float] = []
    bench.broker.forget(hub.groups)
    first = bench.broker.ends(hub.due)
    total = sum(first.values()) + sum(each.count for each in hub.due.values())
    with running(hub.command, hub.env, bench.folder / "latency.log") as process:
        await_rest(process)
        arrivals = Arrivals(bench, receivers)
        producer = bench.broker.producer(**{"linger.ms": linger_ms})
        before = _spent(bench, process)

        def sending(_number: int) -> None:
            sent.append(time.perf_counter())

        pace(producer, filled.load, filled.events, rate, sending)
        cores = _cores(before, _spent(bench, process))
        until(lambda: sum(bench.broker.ends(hub.due).values()) >= total, seconds=_DRAIN_S)
        time.sleep(0.2)
        arrivals.stop()
        process.end()
    last = bench.broker.ends(hub.due)
    wrong = compare(hub.due, bench.broker.count(first, last), "values")
    bench.broker.drop(last)
    if wrong:
        return void("latency", variant, wrong)
    took = _took(filled, sent, arrivals, int(rate * _DROPPED_S))
    show(f"latency at {rate:.0f}/s: {len(took)} arrivals")
    return Figures(
        "latency",
        variant,
        events_per_s=round(rate),
        p50_ms=round(took[len(took) // 2], 2),
        p99_ms=round(took[int(len(took) * 0.99)], 2),
        rss_mib=round(process.peak_mib, 1),
        more={"arrivals": len(took), "p999_ms": round(took[int(len(took) * 0.999)], 2), **cores},
    )


def _spent(bench: Bench, process: Measured) -> Sequence[float]:
    """The clock, and seconds of CPU of the exchange, of the broker, and of this process."""
    return time.perf_counter(), process.cpu_s(), bench.broker.cpu_s(), time.process_time()


def _cores(before: Sequence[float], after: Sequence[float]) -> Mapping[str, float]:
    """Cores that each had while it was published; what they lack is what an event waits for."""
    seconds, *spent = (late - early for early, late in zip(before, after, strict=True))
    names = "exchange_cores", "broker_cores", "bench_cores"
    return {name: round(each / seconds, 2) for name, each in zip(names, spent, strict=True)}


def _took(
    filled: Filled, sent: Sequence[float], arrivals: Arrivals, dropped: int
) -> Sequence[float]:
    """Milliseconds from publication to arrival, in order of length; the first ones are dropped."""
    found = []
    for number, written in enumerate(filled.load.records(filled.events)):
        at = arrivals.at.pop(written.key, None)
        if at is not None and number > dropped:
            found.append((at - sent[number]) * 1000)
    return sorted(found)
