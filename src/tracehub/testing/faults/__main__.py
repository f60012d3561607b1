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
from tracehub.testing.faults.run import perform
from tracehub.testing.kafka import UnavailableError


def main() -> int:
    """0 when there was no anomaly, 1 when there was one, 2 when something is not here."""
    chosen = _arguments()
    size = _size(chosen)
    seconds = chosen.seconds or inf
    # It warns of every broker that is away, and they are taken away on purpose.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with tempfile.TemporaryDirectory(prefix="tracehub-faults-") as directory:
            report = asyncio.run(perform(Path(directory), size, chosen.seed, _show, seconds))
    except UnavailableError as error:
        _show(f"a fault run needs what is not here: {error}")
        return 2
    text = json.dumps(report, indent=1, ensure_ascii=False)
    sys.stdout.write(text + "\n")
    if chosen.json is not None:
        chosen.json.write_text(text + "\n", "utf-8")
    if chosen.add_to is not None:
        _add(report, chosen.add_to)
    return int(any(report["anomalies"].values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tracehub.testing.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides traffic and faults")
    parser.add_argument("--seconds", type=int, help="begin nothing new after so many")
    for name in Size._fields:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help="how many")
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


def _add(report: Mapping[str, Any], reports: Path) -> None:
    """Add a run to a report of several, and write its page beside it."""
    known: dict[str, Any] = {"runs": [], "recovery": {}}
    if reports.is_file():
        known = json.loads(reports.read_text("utf-8"))
    whole = summed([*known["runs"], report], known["recovery"])
    reports.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
    reports.with_suffix(".md").write_text(page(whole), "utf-8")


def _show(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
