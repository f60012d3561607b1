"""Page: the reports of several fault runs, their sum, and both as one Markdown page. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tracehub.testing.faults.checker import ANOMALIES
from tracehub.testing.faults.plan import LEFT_OUT

Report = Mapping[str, Any]
_SUMS: Final = ("events", "effects", "kills", "broker_faults")
_HEADS: Final = (
    "seed",
    "events",
    "effects",
    "kills",
    "broker faults",
    "classes of fault",
    "anomalies",
    "s",
    "MiB, most",
)
_HEAD: Final = """\
# Fault runs

Three Kafka brokers (replication 3, two in sync), two exchange and two deliver processes and six
simulated systems on one machine with two cores, which other work may have shared. A proxy stands
between each process and the brokers, and before each system, in runs of thirty classes of fault
and more. A run is repeated by `make faults SEED=… SECONDS=…`, or by its counts, `ARGS="--events …
--kills …"`: the same seed and size give the same plan. Every record that a publisher had
acknowledged, every topic and every system's own ledger are held against a routing table that shares
no code with the hub.
"""


def summed(runs: Sequence[Report], recovery: Report) -> Report:
    """The sum of some runs, with the runs themselves and what was measured of recovery."""
    longest: dict[str, float] = {}
    for each in runs:
        for kind, seconds in each["recovery_s"].items():
            longest[kind] = max(longest.get(kind, 0.0), seconds)
    return {
        "seed": [each["seed"] for each in runs],
        **{name: sum(each[name] for each in runs) for name in _SUMS},
        "faults": _added(each["faults"] for each in runs),
        "anomalies": {
            name: sum(each["anomalies"].get(name, 0) for each in runs) for name in ANOMALIES
        },
        "recovery_s": dict(sorted(longest.items())),
        "left_out": dict(LEFT_OUT),
        "recovery": recovery,
        "runs": list(runs),
    }


def page(whole: Report) -> str:
    """The page; its figures come from the sum alone."""
    faults, recovery = whole["faults"], whole["recovery_s"]
    times = [[kind, str(faults[kind]), str(recovery.get(kind, "-"))] for kind in faults]
    decided = Counter(name for each in whole["runs"] for name in each["anomalies"])
    meanings = [
        [name, text, str(decided[name]), str(whole["anomalies"][name])]
        for name, text in ANOMALIES.items()
    ]
    return "\n".join(
        [
            _HEAD,
            *_runs(whole),
            "\n## Faults, and the longest time from the end of one to the next progress\n",
            *_table(("fault", "times", "s"), times),
            "\nFaults overlap: a time may be another fault's.",
            "\n## Anomalies\n",
            *_table(("anomaly", "means", "runs that decided it", "found"), meanings),
            *_recovery(whole["recovery"]),
            "\n## Not caused\n",
            *_table(("fault", "why"), [[kind, why] for kind, why in LEFT_OUT.items()]),
            "",
        ]
    )


def _runs(whole: Report) -> list[str]:
    runs = whole["runs"]
    lines = [[str(each["seed"]), *_figures(each), str(each["rss_mib"])] for each in runs]
    total = {**whole, "wall_s": sum(each["wall_s"] for each in runs)}
    lines.append(["sum", *_figures(total), str(max(each["rss_mib"] for each in runs))])
    return _table(_HEADS, lines)


def _figures(each: Report) -> list[str]:
    found = sum(each["anomalies"].values())
    counts = (*(each[name] for name in _SUMS), len(each["faults"]), found, round(each["wall_s"]))
    return [f"{count:,}" for count in counts]


def _recovery(recovery: Report) -> list[str]:
    if not recovery:
        return []
    return [
        "\n## Recovery\n",
        "Measured in one run each, on the same machine.\n",
        *_table(("what", "figure"), [[what, str(figure)] for what, figure in recovery.items()]),
    ]


def _added(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    return dict(sorted(sum(map(Counter, counts), Counter[str]()).items()))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
