"""After a kill, an outage or an orderly end the hub is soon what it was before."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from tests.conftest import LeaveOut
from tracehub.testing.faults.recovery import DRAINED, Figures, measured
from tracehub.testing.kafka import UnavailableError


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory, leave_out: LeaveOut) -> Figures:
    try:
        found = asyncio.run(measured(tmp_path_factory.mktemp("recovery"), 11))
    except UnavailableError as error:
        leave_out(f"Kafka: {error}")
    sys.stdout.write(json.dumps(found.shown()))
    return found


@pytest.mark.timeout(800)
def test_process_when_ended_under_full_load_drains_in_time_and_repeats_nothing(
    figures: Figures,
) -> None:
    assert [each.code for each in figures.endings] == [0] * 3
    assert max(each.after_s for each in figures.endings) <= 20
    assert figures.repeats == 0


@pytest.mark.timeout(800)
def test_delay_when_one_of_two_exchanges_is_killed_is_normal_again_within_15_s(
    figures: Figures,
) -> None:
    assert figures.normal_ms > 0
    assert figures.recovered_s <= 15


@pytest.mark.timeout(800)
def test_backlog_when_its_system_returns_drains_at_four_fifths_of_the_peak_rate(
    figures: Figures,
) -> None:
    assert figures.drained_per_s >= DRAINED * figures.peak_per_s
