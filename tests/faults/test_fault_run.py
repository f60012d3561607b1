"""Under every fault that can be caused, on a cluster of three, nothing is lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import LeaveOut
from tracehub.testing.faults.checker import ANOMALIES
from tracehub.testing.faults.plan import CI_SIZE
from tracehub.testing.faults.run import perform
from tracehub.testing.kafka import UnavailableError

EXIT_S = 5
"""For a process to go, on a busy machine, once it has given up."""


@pytest.mark.timeout(900)
async def test_hub_when_everything_fails_in_turn_breaks_no_promise(
    tmp_path: Path, leave_out: LeaveOut
) -> None:
    lines: list[str] = []
    try:
        report = await perform(tmp_path, CI_SIZE, 1, lines.append)
    except UnavailableError as error:
        leave_out(f"Kafka: {error}")
    assert report["anomalies"] == dict.fromkeys(ANOMALIES, 0), report["first_words"]
    assert report["events"] >= CI_SIZE.events
    assert report["kills"] >= CI_SIZE.kills
    assert report["broker_faults"] >= CI_SIZE.broker_faults
    # 3: without enough brokers nothing is acknowledged, and the deadline of 20 s ends the process.
    assert set(report["endings"]) <= {"0", "-15", "3"}, report["endings"]
    assert report["drain_s"] <= 20 + EXIT_S, report["endings"]
    assert lines
