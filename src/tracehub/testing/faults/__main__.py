"""`python -m tracehub.testing.faults`: one fault run, its progress, then its report."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tracehub.testing.faults.run import Size, perform


def main() -> int:
    """0 when there was no anomaly."""
    parser = argparse.ArgumentParser(prog="tracehub.testing.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--broker-faults", type=int, default=10)
    parser.add_argument("--destination-faults", type=int, default=18)
    parser.add_argument("--json", type=Path, help="write the report there too")
    chosen = parser.parse_args()
    size = Size(chosen.events, chosen.kills, chosen.broker_faults, chosen.destination_faults)
    with tempfile.TemporaryDirectory(prefix="tracehub-faults-") as directory:
        report = asyncio.run(perform(Path(directory), size, chosen.seed, _show))
    text = json.dumps(report, indent=2, ensure_ascii=False)
    sys.stdout.write(text + "\n")
    if chosen.json is not None:
        chosen.json.write_text(text + "\n", "utf-8")
    return int(any(report["anomalies"].values()))


def _show(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
