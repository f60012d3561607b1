"""Figures: what one variant of one workload came to, and how they are kept in a file.

`docs/reports/performance.json` is the list of all; a run replaces those of the workloads it ran.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
REPORT: Final = ROOT / "docs/reports/performance.json"
_LIBRARIES: Final = ("aiokafka", "confluent-kafka", "fastavro", "orjson", "pydantic", "uvloop")


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and most of several rounds."""

    median: float
    min: float
    max: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of the report. What a workload does not measure is None.

    Attributes:
        workload, variant: the name.
        cpu_us: user and system time of the process for one event.
        ratio_to_raw_copy: the median of the ratios in the same rounds.
        events_per_s: by the wall clock.
        p50_ms, p99_ms: produce to arrival.
        rss_mib: the most that one process held.
        counts_ok: exactly what is due was there; otherwise nothing else is said.
        rounds, discarded: how many count, and how many did not because the reference had moved.
        more: figures of this workload alone, by name.
        note: what must be known to read them, or why they are void.
    """

    workload: str
    variant: str
    cpu_us: Spread | None = None
    ratio_to_raw_copy: float | None = None
    events_per_s: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    rss_mib: float | None = None
    counts_ok: bool = True
    rounds: int = 1
    discarded: int = 0
    more: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


def spread(values: Sequence[float]) -> Spread:
    """Median, least and most."""
    return Spread(round(statistics.median(values), 2), round(min(values), 2), round(max(values), 2))


def void(workload: str, variant: str, why: str) -> Figures:
    """A run whose counts were wrong: it has no figures."""
    return Figures(workload, variant, counts_ok=False, rounds=0, note=why)


def merge(path: Path, found: Sequence[Figures], run: Mapping[str, Any]) -> None:
    """Put figures into the report in place of all older ones of their workloads."""
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else []
    mine = {each.workload for each in found}
    entries = [each for each in kept if each["workload"] not in mine]
    entries += [{**asdict(each), "run": dict(run)} for each in found]
    path.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", "utf-8")


def this_run(suite: str) -> dict[str, Any]:
    """Where and with what figures were measured."""
    git = ("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    commit = subprocess.run(git, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return {
        "suite": suite,
        "commit": commit.stdout.strip(),
        "host": {"cpu": _cpu(), "cores": os.cpu_count(), "python": platform.python_version()},
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
