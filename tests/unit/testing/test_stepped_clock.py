"""A stepped clock moves the wall clock of a running process, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LeaveOut
from tracehub.testing.kafka_jars import UnavailableError
from tracehub.testing.stepped_clock import SteppedClock

CLOCKS = """
import select, sys, time
for line in sys.stdin:
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        time.time()
        select.select([], [], [], 0.1)
    print(round(time.time()), round(time.monotonic()), flush=True)
"""
DAYS = 400 * 24 * 3600


@pytest.fixture
def clock(tmp_path: Path, leave_out: LeaveOut) -> SteppedClock:
    try:
        return SteppedClock(tmp_path / "clock")
    except UnavailableError as error:
        leave_out(str(error))


@pytest.fixture
def process(clock: SteppedClock) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", CLOCKS],
        env={**os.environ, **clock.environment},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as started:
        yield started
        assert started.stdin is not None
        started.stdin.close()


def read(process: subprocess.Popen[str]) -> tuple[int, int]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    wall, monotonic = process.stdout.readline().split()
    return int(wall), int(monotonic)


def test_process_when_its_clock_is_stepped_sees_another_time_and_the_same_duration(
    clock: SteppedClock, process: subprocess.Popen[str]
) -> None:
    wall, monotonic = read(process)
    for seconds in (3600, -DAYS, 0):
        clock.step(seconds)
        stepped, later = read(process)
        while abs(stepped - wall - seconds) >= 60:  # the library looks at its file now and then
            assert later - monotonic < 100, "the step is never seen"
            stepped, later = read(process)
        assert later - monotonic > 0
