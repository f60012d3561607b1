"""Page: the reports of several fault runs as one Markdown page.

python -m tracehub.testing.faults.page docs/reports/faults.json > docs/reports/faults.md
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tracehub.testing.faults.checker import ANOMALIES
from tracehub.testing.faults.plan import LEFT_OUT

_HEAD: Final = """\
# Fault runs

Three Kafka brokers (replication 3, two in sync), two exchange and two deliver processes and six
simulated systems on one machine with two cores, which other work shared. A run is repeated by
`make faults SEED=… ARGS="--events … --kills … --broker-faults …"`: the same seed gives the same
plan. Every record that a publisher had acknowledged, every topic and every system's own ledger are
held against a routing table that shares no code with the hub.
"""


def page(reports: Sequence[Mapping[str, Any]]) -> str:
    """The page; its figures come from the reports alone."""
    faults = sum((Counter(each["faults"]) for each in reports), Counter[str]())
    found = {name: sum(each["anomalies"][name] for each in reports) for name in ANOMALIES}
    recovery: dict[str, float] = {}
    for each in reports:
        for kind, seconds in each["recovery_s"].items():
            recovery[kind] = max(recovery.get(kind, 0.0), seconds)
    times = [[kind, str(faults[kind]), str(recovery.get(kind, "-"))] for kind in sorted(faults)]
    meanings = [[name, text, str(found[name])] for name, text in ANOMALIES.items()]
    return "\n".join(
        [
            _HEAD,
            *_runs(reports),
            "\n## Faults, and the longest time from the end of one to the next progress\n",
            *_table(("fault", "times", "s"), times),
            "\nFaults overlap: a time may be another fault's.",
            "\n## Anomalies\n",
            *_table(("anomaly", "means", "found"), meanings),
            "\n## Not caused\n",
            *_table(("fault", "why"), [[kind, why] for kind, why in LEFT_OUT.items()]),
            "",
        ]
    )


def _runs(reports: Sequence[Mapping[str, Any]]) -> list[str]:
    heads = ("seed", "events", "effects", "kills", "broker faults", "anomalies", "s", "MiB, most")
    figures = [
        (
            each["events"],
            each["effects"],
            each["kills"],
            each["broker_faults"],
            sum(each["anomalies"].values()),
            round(each["wall_s"]),
        )
        for each in reports
    ]
    memory = [each["rss_mib"] for each in reports]
    lines = [
        [str(each["seed"]), *(f"{figure:,}" for figure in line), str(most)]
        for each, line, most in zip(reports, figures, memory, strict=True)
    ]
    sums = [f"{sum(column):,}" for column in zip(*figures, strict=True)]
    return _table(heads, [*lines, ["sum", *sums, str(max(memory))]])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


if __name__ == "__main__":
    sys.stdout.write(page(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
