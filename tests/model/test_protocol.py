"""The protocol holds in every interleaving, and each rule left out is caught."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.model import delivering, sending
from tests.model.protocol import Protocol, walk

A, B, AB = ("a",), ("b",), ("a", "b")
THREE = Protocol(routes=((A,), (A,), (A,)), batch=1, kills=1)
TWO_RECEIVERS = Protocol(routes=((A,), (AB,), (B,)), kills=1)
FANNED_OUT = Protocol(routes=((A, A), (A, B)), batch=1, kills=1)
"""Two events in one raw record."""
TWICE_KILLED = replace(THREE, kills=2, markers=False)
REWOUND = replace(THREE, kills=0, rewinds=1, deliver_kills=1, saves=1, markers=False)
REWOUND_AND_MARKED = replace(REWOUND, routes=((A,), (A,)), markers=True)
REWOUND_AND_KILLED = Protocol(
    routes=((A,), (A,)), batch=1, kills=1, rewinds=1, deliver_kills=1, markers=False
)
SHORT_RING = replace(REWOUND, slots=1)
"""Where no checkpoint reaches back to where the group moved, links are not known."""
PARKING = replace(THREE, keys=(0, 1, 0), failures=2, saves=1, markers=False)
PARKING_REWOUND = replace(PARKING, kills=0, rewinds=1, deliver_kills=0)


def found(protocol: Protocol) -> Counter[str]:
    counted: Counter[str] = Counter()
    counted["states"], logs = sending.final_logs(protocol)
    for name, each in logs.items():
        for log in each:
            counted["logs"] += 1
            first = delivering.start(protocol, log)
            for state in walk(first, lambda at: delivering.steps(protocol, at)):
                counted["states"] += 1
                counted.update(delivering.anomalies(protocol, name, state))
    return counted


@pytest.mark.parametrize(
    "protocol",
    [
        THREE,
        TWO_RECEIVERS,
        FANNED_OUT,
        TWICE_KILLED,
        REWOUND,
        REWOUND_AND_MARKED,
        REWOUND_AND_KILLED,
        SHORT_RING,
        PARKING,
        PARKING_REWOUND,
        replace(REWOUND, batch=2),
    ],
)
def test_protocol_under_kills_zombies_and_rewinds_has_no_anomaly(protocol: Protocol) -> None:
    counted = found(protocol)
    assert counted["logs"] > 6, counted
    assert set(counted) == {"states", "logs"}, counted


LOSING = replace(THREE, kills=0, deliver_kills=1, losses=1)


@pytest.mark.parametrize("protocol", [LOSING, replace(LOSING, saves=1), replace(LOSING, batch=2)])
def test_protocol_when_the_log_loses_a_record_always_raises_an_alarm(protocol: Protocol) -> None:
    counted = found(protocol)
    assert "lost" not in counted
    assert "reordered" not in counted


def test_protocol_without_markers_loses_a_tail_in_silence() -> None:
    assert found(replace(LOSING, markers=False))["lost"]


def test_protocol_without_links_loses_in_silence_behind_a_checkpoint_that_is_gone() -> None:
    """What is not promised: the log loses a record just where a group was moved back too far."""
    assert found(replace(SHORT_RING, losses=1, saves=0))["lost"]


BROKEN = {
    "exchange commits before the acknowledgements": (
        replace(TWO_RECEIVERS, commit_after_acks=False),
        "lost",
    ),
    "deliver keeps no marks": (replace(THREE, kills=2, markers=False, dedupe=False), "duplicate"),
    "exchange takes links newer than its offset": (
        replace(REWOUND, fitting=False, saves=0),
        "false-alarm",
    ),
    "deliver takes marks newer than its offset": (
        replace(PARKING, kills=0, fitting=False),
        "lost",
    ),
    "deliver commits past what it holds": (
        replace(PARKING, kills=0, commit_to_held=False),
        "lost",
    ),
    "deliver sends behind a held record of the same key": (
        replace(PARKING, kills=0, hold_keys=False),
        "reordered",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_protocol_when_a_rule_is_left_out_is_caught(name: str) -> None:
    protocol, anomaly = BROKEN[name]
    assert found(protocol)[anomaly]
