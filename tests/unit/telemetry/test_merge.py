"""The metrics of several workers, as one."""

from __future__ import annotations

from tracehub.telemetry.merge import merged
from tracehub.telemetry.metrics import Metrics


def shown(records: int) -> str:
    metrics = Metrics()
    metrics.lag.labels("raw.food.a.b").set(records)
    metrics.workers.set(records)
    return metrics.exposition().decode()


def test_expositions_when_merged_name_each_family_once_and_each_worker() -> None:
    lines = merged({"": shown(1), "0": shown(2), "1": shown(3)}).splitlines()
    assert [line for line in lines if "lag_records" in line and line.startswith("#")] == [
        line for line in shown(1).splitlines() if "lag_records" in line and line.startswith("#")
    ]
    assert [line for line in lines if line.startswith("tracehub_lag_records")] == [
        'tracehub_lag_records{topic="raw.food.a.b"} 1.0',
        'tracehub_lag_records{worker="0",topic="raw.food.a.b"} 2.0',
        'tracehub_lag_records{worker="1",topic="raw.food.a.b"} 3.0',
    ]
    assert 'tracehub_workers{worker="1"} 3.0' in lines


def test_expositions_when_one_is_missing_give_the_others() -> None:
    assert merged({"0": ""}) == ""
    text = shown(1)
    assert merged({"": text}) == text
