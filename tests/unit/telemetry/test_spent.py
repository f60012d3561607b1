"""CPU time by stage: the innermost known code has it, and the sum is what the process had."""

from __future__ import annotations

import signal
import sys

import pytest

from tracehub.clock import Cpu, SystemClock
from tracehub.telemetry.metrics import Metrics
from tracehub.telemetry.spent import OTHER, STAGES, THREADS, Spent, counted, stage_of


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        (
            ["tracehub.avro.fast", "tracehub.normalise.normaliser", "tracehub.services.pump"],
            "codec",
        ),
        (["<generated codec>", "tracehub.avro.fast"], "codec"),
        (["tracehub.normalise.check", "tracehub.services.exchange"], "judge"),
        (["json.decoder", "tracehub.normalise.reading"], "judge"),
        (["aiokafka.consumer.group_coordinator"], "commit"),
        (["aiokafka.conn", "aiokafka.client"], "wire"),
        (["tracehub.bus.kafka_writer", "tracehub.bus.kafka"], "publish"),
        (["tracehub_central.client", "tracehub.connect.guard"], "send"),
        (["tracehub.services.settle", "tracehub.services.pump"], "turn"),
        (["uvicorn.server"], OTHER),
        ([], OTHER),
    ],
)
def test_stack_when_sampled_belongs_to_its_innermost_known_code(
    stack: list[str], stage: str
) -> None:
    assert stage_of(iter(stack)) == stage


def seconds(metrics: Metrics) -> dict[str, float]:
    sample = metrics.registry.get_sample_value
    name = "tracehub_stage_cpu_seconds_total"
    return {stage: sample(name, {"stage": stage}) or 0.0 for stage in STAGES}


def test_samples_when_added_up_are_what_the_process_had() -> None:
    metrics = Metrics()
    times = iter([Cpu(1.0, 2.0), Cpu(1.5, 2.75), Cpu(1.625, 2.875)])
    spent = Spent(metrics, lambda: next(times))
    spent.sample(sys._getframe())
    spent.sample(None)
    found = seconds(metrics)
    assert found[THREADS] == 0.25
    assert found[OTHER] == 0.625
    assert sum(found.values()) == 0.875


def test_process_when_it_works_is_sampled_until_the_block_ends() -> None:
    metrics, clock = Metrics(), SystemClock()
    before = signal.getsignal(signal.SIGPROF)
    with counted(metrics):
        end_s = clock.monotonic_s() + 20
        while not sum(seconds(metrics).values()) and clock.monotonic_s() < end_s:
            sum(range(1000))
    assert sum(seconds(metrics).values()) > 0
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
