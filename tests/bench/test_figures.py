"""Figures, rounds, targets and the page: what is void stays void, and what moved is left out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.contender import Round, compare
from bench.figures import Figures, merge, spread, void
from bench.memory import slope
from bench.page import page, pictures
from bench.rounds import REFERENCE, figures, kept
from bench.targets import TARGETS, by_name
from tracehub.testing.load import Tally

RUN: dict[str, Any] = {
    "suite": "quick",
    "commit": "abc",
    "host": {"cpu": "c", "cores": 2, "python": "3"},
    "versions": {"aiokafka": "1"},
}
SHAPE = {
    "workload",
    "variant",
    "cpu_us",
    "ratio_to_raw_copy",
    "events_per_s",
    "p50_ms",
    "p99_ms",
    "rss_mib",
    "counts_ok",
}


def round_of(cpu_us: float, wrong: str = "") -> Round:
    return Round(cpu_us, 1.0, 1000.0, 50.0, wrong)


def tally(*values: bytes) -> Tally:
    found = Tally()
    for value in values:
        found.add(b"k", value)
    return found


def test_compare_when_one_record_is_missing_twice_or_other_says_so() -> None:
    due = {"deliver.a": tally(b"1", b"2")}
    assert not compare(due, {"deliver.a": tally(b"2", b"1")}, "values")
    assert "1 records, 2 are due" in compare(due, {"deliver.a": tally(b"1")}, "values")
    assert "3 records, 2 are due" in compare(due, {"deliver.a": tally(b"1", b"2", b"2")}, "values")
    assert "values differ" in compare(due, {"deliver.a": tally(b"1", b"3")}, "values")
    assert "0 records" in compare(due, {}, "counts")


def test_figures_when_a_round_was_wrong_are_void() -> None:
    copies = [round_of(10.0), round_of(10.0)]
    found = figures(("pass", "x"), [round_of(20.0), round_of(5.0, "lost one")], copies, [0, 1])
    assert not found.counts_ok
    assert found.cpu_us is None
    assert found.note == "lost one"


def test_figures_are_medians_of_the_rounds_in_which_the_reference_stayed() -> None:
    copies = [round_of(10.0), round_of(10.5), round_of(14.0)]
    mine = [round_of(20.0), round_of(21.0), round_of(90.0)]
    good = kept({REFERENCE: copies, ("pass", "x"): mine})
    found = figures(("pass", "x"), mine, copies, good)
    assert good == [0, 1]
    assert (found.rounds, found.discarded) == (2, 1)
    assert found.cpu_us == spread([20.0, 21.0])
    assert found.ratio_to_raw_copy == 2.0


def test_merge_replaces_the_workloads_of_this_run_and_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    merge(path, [Figures("pass", "a"), Figures("naive", "n")], RUN)
    merge(path, [Figures("pass", "b"), void("cut", "c", "why")], RUN)
    report = json.loads(path.read_text("utf-8"))
    assert [(each["workload"], each["variant"]) for each in report] == [
        ("naive", "n"),
        ("pass", "b"),
        ("cut", "c"),
    ]
    assert all(each.keys() >= SHAPE for each in report)


def test_target_whose_figures_are_void_was_not_measured() -> None:
    report = [{**asdict(void("pass", "fastavro", "lost")), "run": RUN}]
    assert all(each.met(by_name(report)) is None for each in TARGETS)
    text = page(report)
    assert "void: lost" in text
    assert "holds" not in text.partition("## All figures")[0].replace("must hold", "")


def test_page_and_pictures_show_every_figure() -> None:
    copy = Figures(*REFERENCE, cpu_us=spread([9.0]), ratio_to_raw_copy=1.0)
    mine = Figures("pass", "generated", cpu_us=spread([17.0, 19.0]), ratio_to_raw_copy=1.9)
    report = [{**asdict(each), "run": RUN} for each in (copy, mine)]
    text = page(report)
    assert "| pass-through, pure Python, to the raw copy | ≤ 2 × | 1.90 × | holds |" in text
    assert "| pass | generated | 18.0 (17.0–19.0) | 1.90 |" in text
    for picture in pictures(report).values():
        assert ">pass (generated)</text>" in picture
        assert picture.startswith("<svg ")


def test_slope_of_a_line_is_its_own() -> None:
    assert slope([(0.0, 5.0), (1.0, 7.0), (2.0, 9.0)]) == 2.0
    assert slope([(1.0, 4.0), (1.0, 5.0)]) == 0.0


def test_page_when_go_was_measured_says_how_far_it_is() -> None:
    cost = spread([10.0])
    report = [
        {**asdict(Figures("pass", "compiled", cost, ratio_to_raw_copy=1.5)), "run": RUN},
        {**asdict(Figures("peer", "franz-go", cost, ratio_to_raw_copy=0.5)), "run": RUN},
    ]
    assert "takes 3 times the CPU time of a loop in Go" in page(report)
    assert "loop in Go" not in page(report[:1])
