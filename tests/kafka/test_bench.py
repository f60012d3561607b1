"""The benchmark's harness on a real broker: it counts exactly, and a wrong count has no figure."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from bench.broker import Broker
from bench.contender import perform
from bench.hub import exchange, fill
from bench.rounds import figures
from tracehub.testing.kafka import Cluster
from tracehub.testing.load import Tally
from tracehub.testing.load_hub import FOUR, Shape, eight

EVENTS = 30_000
"""Enough that a hub which is fast is still seen at work between two looks."""


def test_harness_counts_what_the_exchange_does_and_voids_a_wrong_count(
    own_broker: Cluster, tmp_path: Path
) -> None:
    broker = Broker(own_broker)
    filled = fill(broker, Shape("third-party/hub", FOUR, eight()), "canonical", EVENTS)
    hub = exchange(tmp_path, broker, filled, "pass", "own", trusted=True)
    log = tmp_path / "log"

    good = perform(hub, broker, log)
    assert not good.wrong
    assert sum(each.count for each in hub.due.values()) > EVENTS
    assert good.rss_mib > 10.0

    more = Tally(hub.due["event.food"].count - 1)
    bad = perform(replace(hub, due={**hub.due, "event.food": more}), broker, log)
    assert "event.food" in bad.wrong
    found = figures(("pass", "own"), [bad], [good], [0])
    assert not found.counts_ok
    assert found.cpu_us is None


def test_harness_when_a_contender_ends_by_itself_says_its_last_words(
    own_broker: Cluster, tmp_path: Path
) -> None:
    broker = Broker(own_broker)
    filled = fill(broker, Shape("third-party/dying", FOUR, eight()), "canonical", 10)
    hub = exchange(tmp_path, broker, filled, "pass", "dying", trusted=True)
    dying = (sys.executable, "-c", "raise SystemExit('I have nothing to say')")
    found = perform(replace(hub, command=dying), broker, tmp_path / "log")
    assert "records, " in found.wrong
    assert "nothing to say" in found.wrong
