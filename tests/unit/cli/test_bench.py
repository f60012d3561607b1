"""`bench` measures every lane, and sizes a hub by what it measured."""

from __future__ import annotations

import orjson
from typer.testing import CliRunner

from tracehub.cli.main import app
from tracehub.testing.price import LANES
from tracehub.testing.sizing import Demand, need


def test_bench_when_asked_for_json_says_what_each_lane_costs_and_needs() -> None:
    words = ["bench", "--quick", "--events", "1000", "--mean", "100000", "--json"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    rows = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [each["lane"] for each in rows] == list(LANES)
    for row in rows:
        demand = Demand(100_000, 50_000, 14, 3)
        cost_us = 1e6 / row["events_per_core_s"]
        assert abs(row["decide_us"] + row["log_us"] - cost_us) < 1.0
        assert abs(row["cores"] - need(demand, cost_us, row["bytes_stored"]).cores) <= 1
        assert row["bytes_stored"] > 1500
        assert row["decide_us"] > 0
