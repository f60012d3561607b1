"""Spent: what a process's CPU time goes into, by sampling.

A timer that counts CPU time interrupts the main thread; what it has had since the last interruption
goes to the stage whose code is on top of its stack. So every part is seen, the client library's
too, and nothing is measured per event or per batch. Must not know what a stage does.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from tracehub.clock import Cpu, cpu
from tracehub.telemetry.metrics import Metrics

EVERY_S: Final = 0.02
"""CPU time between two samples, which take some 20 us each."""
OTHER: Final = "other"
THREADS: Final = "threads"
"""What is on top of no known code, and all that other threads do."""

_STAGES: Final = (
    ("tracehub.avro.forwarding", "build"),
    ("tracehub.avro", "codec"),
    ("<generated codec>", "codec"),
    ("tracehub.normalise", "judge"),
    ("tracehub.codes", "judge"),
    ("tracehub.route", "route"),
    ("tracehub.services.desk", "build"),
    ("tracehub.services.outputs", "build"),
    ("tracehub.disclose", "build"),
    ("tracehub.services.trail", "build"),
    ("aiokafka.consumer.group_coordinator", "commit"),
    ("aiokafka.consumer", "read"),
    ("tracehub.bus.kafka_asking", "read"),
    ("tracehub.bus.kafka_batches", "read"),
    ("tracehub.bus.kafka_connection", "wire"),
    ("tracehub.bus.kafka_group", "read"),
    ("tracehub.bus.kafka_pacing", "read"),
    ("tracehub.bus.kafka", "publish"),
    ("tracehub.bus.sqlite", "publish"),
    ("aiokafka", "wire"),
    ("asyncio.streams", "wire"),
    ("tracehub.connect", "send"),
    ("httpx2", "send"),
    ("tracehub_", "send"),
    ("tracehub.services", "turn"),
)
"""Beginnings of the names of modules, and stages; the first that fits names the stage."""

STAGES: Final = (*dict.fromkeys(stage for _, stage in _STAGES), THREADS, OTHER)


def stage_of(modules: Iterator[str]) -> str:
    """The stage of a stack, given by the names of its modules from the innermost on."""
    for module in modules:
        for beginning, stage in _STAGES:
            if module.startswith(beginning):
                return stage
    return OTHER


class Spent:
    """Adds samples to the metrics."""

    def __init__(self, metrics: Metrics, cpu: Callable[[], Cpu] = cpu) -> None:
        self._seconds = {stage: metrics.stage_cpu.labels(stage) for stage in STAGES}
        self._cpu = cpu
        self._last = cpu()

    def sample(self, frame: FrameType | None) -> None:
        """Note where the main thread is."""
        now, last = self._cpu(), self._last
        self._last = now
        own_s = max(0.0, now.thread_s - last.thread_s)  # some machines let it go back
        self._seconds[stage_of(_modules(frame))].inc(own_s)
        self._seconds[THREADS].inc(max(0.0, now.process_s - last.process_s - own_s))


@contextmanager
def counted(metrics: Metrics) -> Iterator[None]:
    """Sample while the block runs; to be entered in the main thread."""
    spent = Spent(metrics)
    before = signal.signal(signal.SIGPROF, lambda _number, frame: spent.sample(frame))
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def _modules(frame: FrameType | None) -> Iterator[str]:
    """Where each frame's code is from; what was generated says so in its file's name."""
    while frame is not None:
        code = frame.f_code.co_filename
        yield code if code.startswith("<generated") else frame.f_globals.get("__name__", "")
        frame = frame.f_back
