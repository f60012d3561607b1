"""Report: what a fault run did, and every anomaly that its history shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tracehub.testing.faults.causing import Causing
from tracehub.testing.faults.checker import anomalies
from tracehub.testing.faults.plan import LEFT_OUT
from tracehub.testing.faults.stage import STUCK_S, Run
from tracehub.testing.systems import DEMO, secret_of

MEMORY_MIB: Final = 512.0


class Measured(NamedTuple):
    """Sums of a run.

    Attributes:
        wall_s: from the first record to rest.
        rest_s: from the last fault's end to rest.
        stuck: rest never came.
        falls: processes that ended by themselves, by service and last words.
        rss_mib: the most that any process held.
    """

    wall_s: float
    rest_s: float
    stuck: bool
    falls: Mapping[str, int]
    rss_mib: float


async def report(
    run: Run, causing: Causing, directory: Path, measured: Measured
) -> Mapping[str, Any]:
    """What was done to the hub and what it came to, as JSON has it."""
    models = run.settings.models()
    secrets = [secret_of(connection).encode() for connection in DEMO]
    await run.read(secrets)
    found = {name: list(texts) for name, texts in anomalies(run.history, models).items()}
    for log, text in _logs(directory).items():
        found["secret"] += [f"{log} holds a secret" for each in secrets if each in text]
        if seen := text.count(b'"gap_seen"'):
            stood = text.count(b'"gap_found"')
            found["gap-alarm"].append(f"{log}: {seen} gaps were seen, {stood} of them stood")
    if measured.stuck:
        found["stuck"].append(f"nothing moved for {STUCK_S:.0f} s after the last fault")
    if measured.rss_mib > MEMORY_MIB:
        found["bound"].append(f"a process held {measured.rss_mib} MiB")
    events = sum(len(sending.truths) for sending in run.history.sent)
    return {
        "seed": run.seed,
        "events": events,
        "records_in_raw": len(run.history.raw),
        "effects": len(run.history.effects),
        "lied_about": run.ledger.withheld(),
        "repeats_on_topics": run.history.repeats,
        "kills": causing.kills,
        "broker_faults": causing.broker_faults,
        "faults": dict(sorted(causing.injected.items())),
        "left_out": dict(LEFT_OUT),
        "anomalies": {name: len(texts) for name, texts in found.items()},
        "first_words": {name: texts[:5] for name, texts in found.items() if texts},
        "recovery_s": _recovery(run, causing),
        "endings": dict(Counter(str(each.code) for each in causing.endings)),
        "drain_s": round(max((each.after_s for each in causing.endings), default=0.0), 1),
        **measured._asdict(),
    }


def _logs(directory: Path) -> dict[str, bytes]:
    return {log.name: log.read_bytes() for log in sorted(directory.glob("*.log"))}


def _recovery(run: Run, causing: Causing) -> Mapping[str, float]:
    """The longest time from a fault's end to the next progress, by class."""
    longest: dict[str, float] = {}
    for kind, healed in causing.healed:
        later = next((each for each in run.progress.moved if each >= healed), None)
        if later is not None:
            longest[kind] = max(longest.get(kind, 0.0), round(later - healed, 1))
    return dict(sorted(longest.items()))
