"""`python -m bench`: run a suite, show its progress, put its figures into the report.

A workload's figures are written when it is done, so that a run that was interrupted goes on with
`--only` and the names that are left.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench.bench import Bench
from bench.broker import broker
from bench.figures import REPORT, merge, this_run
from bench.rounds import show
from bench.suites import SUITES, steps
from tracehub.testing.kafka import UnavailableError


def main() -> int:
    """0 when every count was right."""
    chosen = _arguments()
    suite = SUITES[chosen.suite]
    wanted = chosen.only or suite.workloads
    unknown = sorted(set(wanted) - set(SUITES["standard"].workloads))
    if unknown:
        sys.stderr.write(
            f"no workload {unknown[0]}; there are {', '.join(SUITES['standard'].workloads)}\n"
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="tracehub-bench-") as folder, broker() as kafka:
        bench = Bench(
            kafka,
            Path(folder),
            chosen.rounds or suite.rounds,
            chosen.events or suite.events,
            chosen.soak or suite.soak,
            suite.peers,
        )
        wrong = 0
        for name, workload in steps(wanted):
            begun = time.monotonic()
            try:
                found = workload(bench)
            except TimeoutError as error:
                show(f"{name}: given up, the others go on: {error}")
                wrong += 1
                continue
            merge(chosen.report, found, this_run(chosen.suite))
            show(f"{name}: {time.monotonic() - begun:.0f} s")
            wrong += sum(not each.counts_ok for each in found)
    return int(wrong > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--suite", choices=SUITES, default="standard")
    parser.add_argument("--only", nargs="+", metavar="WORKLOAD", help="these alone")
    parser.add_argument("--rounds", type=int, help="how many must count")
    parser.add_argument("--events", type=int, help="of one round of a fast workload")
    parser.add_argument("--soak", type=int, help="events of the memory workload")
    parser.add_argument("--report", type=Path, default=REPORT, help="the file of figures")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UnavailableError as error:
        sys.exit(f"Kafka can't be had here: {error}")
