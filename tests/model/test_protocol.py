"""The protocol holds in every interleaving, and each rule left out is caught."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.model.protocol import (
    Protocol,
    anomalies,
    deliver_start,
    deliver_steps,
    final_logs,
    walk,
)

ONE_RECEIVER = Protocol(routes=(("a",), ("a",), ("a",)), batch=1)
TWO_RECEIVERS = Protocol(routes=(("a",), ("a", "b"), ("b",)))


def found(protocol: Protocol) -> Counter[str]:
    counted: Counter[str] = Counter()
    counted["states"], logs = final_logs(protocol)
    for name, each in logs.items():
        for log in each:
            counted["logs"] += 1
            first = deliver_start(protocol, log)
            for state in walk(first, lambda at: deliver_steps(protocol, at)):
                counted["states"] += 1
                counted.update(anomalies(protocol, name, state))
    return counted


@pytest.mark.parametrize("protocol", [TWO_RECEIVERS, ONE_RECEIVER, replace(ONE_RECEIVER, batch=2)])
def test_protocol_under_kills_and_zombies_has_no_anomaly(protocol: Protocol) -> None:
    counted = found(protocol)
    assert counted["logs"] > 10, counted
    assert set(counted) == {"states", "logs"}


def test_protocol_when_the_log_loses_a_record_always_raises_an_alarm() -> None:
    counted = found(replace(ONE_RECEIVER, kills=1, losses=1))
    assert "lost" not in counted
    assert "reordered" not in counted


def test_protocol_without_markers_loses_a_tail_in_silence() -> None:
    assert found(replace(ONE_RECEIVER, kills=0, losses=1, markers=False))["lost"]


def test_protocol_committing_before_the_acknowledgements_loses() -> None:
    assert found(replace(TWO_RECEIVERS, kills=1, commit_after_acks=False))["lost"]


def test_protocol_without_marks_has_effects_twice() -> None:
    assert found(replace(ONE_RECEIVER, dedupe=False))["duplicate"]
