"""Every exception from a rule, with its reason. One that is no longer needed fails a test."""

from __future__ import annotations

EXCEPTIONS = {
    ("other_words", "src/tracehub/gateway/protocol.py"): (
        "overrides a method of uvicorn's protocol, whose name is uvicorn's"
    ),
    ("long_functions", "src/tracehub/telemetry/metrics.py"): (
        "the list of all metrics: declarations one after another, nothing to decide"
    ),
    ("other_clocks", "src/tracehub/bus/sqlite.py"): (
        "looks for what another process wrote, which no clock of ours can hasten"
    ),
    ("other_clocks", "src/tracehub/bus/sqlite_group.py"): (
        "beats while its lease lasts, by the same time as the other processes"
    ),
    ("other_clocks", "src/tracehub/telemetry/health.py"): (
        "waits for uvicorn's start, which has no other sign than time passing"
    ),
}
"""(rule, path) -> why this file may break it."""


def excepted(rule: str, violation: str) -> bool:
    """True when the file that a violation names is listed for its rule."""
    path = violation.split(" ", 1)[0].split(":", 1)[0]
    return (rule, path) in EXCEPTIONS
