"""`python -m tracehub.testing.faults`: one fault run, its progress, then its report."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

from tracehub.testing.faults.page import page, summed
from tracehub.testing.faults.plan import CI_SIZE, Size, size_for
from tracehub.testing.faults.recovery import measured
from tracehub.testing.faults.run import perform
from tracehub.testing.kafka import UnavailableError


def main() -> int:
    """0 when nothing is wrong, 1 when there was an anomaly, 2 when something is not here."""
    chosen = _arguments()
    # It warns of every broker that is away, and they are taken away on purpose.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with tempfile.TemporaryDirectory(prefix="tracehub-faults-") as directory:
            place = chosen.directory or Path(directory)
            return _recover(place, chosen) if chosen.recovery else _run(place, chosen)
    except UnavailableError as error:
        _show(f"a fault run needs what is not here: {error}")
        return 2


def _run(directory: Path, chosen: argparse.Namespace) -> int:
    size, seconds = _size(chosen), chosen.seconds or inf
    report = asyncio.run(perform(directory, size, chosen.seed, _show, seconds))
    text = json.dumps(report, indent=1, ensure_ascii=False)
    sys.stdout.write(text + "\n")
    if chosen.json is not None:
        chosen.json.write_text(text + "\n", "utf-8")
    if chosen.add_to is not None:
        _add(chosen.add_to, report=report)
    return int(any(report["anomalies"].values()))


def _recover(directory: Path, chosen: argparse.Namespace) -> int:
    shown = asyncio.run(measured(directory, chosen.seed)).shown()
    sys.stdout.write(json.dumps(shown, indent=1) + "\n")
    if chosen.add_to is not None:
        _add(chosen.add_to, recovery=shown)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tracehub.testing.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides traffic and faults")
    parser.add_argument(
        "--recovery", action="store_true", help="measure recovery instead of a fault run"
    )
    parser.add_argument("--seconds", type=int, help="begin nothing new after so many")
    for name in Size._fields:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help="how many")
    parser.add_argument("--directory", type=Path, help="an empty folder: keep logs there")
    parser.add_argument("--json", type=Path, help="write the report there too")
    parser.add_argument(
        "--add-to", type=Path, help="add the run to this report of several, and make its page anew"
    )
    return parser.parse_args()


def _size(chosen: argparse.Namespace) -> Size:
    """What was asked for; the rest by the time, or as continuous integration has it."""
    size = size_for(chosen.seconds) if chosen.seconds else CI_SIZE
    asked = {name: getattr(chosen, name) for name in Size._fields}
    return size._replace(**{name: count for name, count in asked.items() if count is not None})


def _add(
    path: Path,
    *,
    report: Mapping[str, Any] | None = None,
    recovery: Mapping[str, Any] | None = None,
) -> None:
    """Put a run, or what was measured of recovery, into a report, and write its page beside it."""
    known: dict[str, Any] = {"runs": [], "recovery": {}}
    if path.is_file():
        known = json.loads(path.read_text("utf-8"))
    runs = known["runs"] if report is None else [*known["runs"], report]
    whole = summed(runs, recovery or known["recovery"])
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
    path.with_suffix(".md").write_text(page(whole), "utf-8")


def _show(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
