"""What may wait, and what may guess: time, chance and the machine each have one door."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.rules.tree import at, imported, modules

PURE = ("model", "codes", "catalogue", "avro", "normalise", "route", "disclose")
CHANCE = frozenset({"random", "secrets", "uuid"})
WAITING = frozenset({"aiokafka", "asyncio", "httpx2", "socket", "subprocess", "threading", "time"})
IMPURE = CHANCE | WAITING | {"os", "prometheus_client", "structlog"}
"""Modules that no pure package imports."""

CLOCK = "src/tracehub/clock.py"
CHANCE_ALLOWED = ("src/tracehub/app/", "src/tracehub/testing/")
CLOCK_ALLOWED = (CLOCK, "src/tracehub/testing/")
METRICS = "src/tracehub/telemetry/metrics.py"

_NOW = frozenset({"now", "utcnow", "today"})


def impure_imports(root: Path) -> list[str]:
    """Pure packages that import time, chance, the machine or the network."""
    folders = [f"src/tracehub/{package}" for package in PURE]
    return [
        f"{at(root, path, line)} imports {name}, but this package is pure"
        for path, module in modules(root, *folders)
        for line, name in imported(module)
        if name.split(".")[0] in IMPURE
    ]


def other_clocks(root: Path) -> list[str]:
    """Reads of a clock, and waits, outside the clock module and the kit of real systems."""
    found = []
    for path, module in modules(root, "src", "connectors/*/src"):
        if at(root, path).startswith(CLOCK_ALLOWED):
            continue
        lines = {line for line, name in imported(module) if name.split(".")[0] == "time"}
        attributes = (node for node in ast.walk(module) if isinstance(node, ast.Attribute))
        lines |= {each.lineno for each in attributes if _reads_clock(each)}
        found += [f"{at(root, path, line)} take time from a Clock" for line in sorted(lines)]
    return found


def other_chance(root: Path) -> list[str]:
    """Randomness anywhere but in the wiring, which hands it on, and in the testing kit."""
    return [
        f"{at(root, path, line)} imports {name}; randomness is handed in by app"
        for path, module in modules(root, "src", "connectors/*/src")
        if not at(root, path).startswith(CHANCE_ALLOWED)
        for line, name in imported(module)
        if name.split(".")[0] in CHANCE
    ]


def other_metrics(root: Path) -> list[str]:
    """Metrics declared anywhere but in the one file that lists them all."""
    return [
        f"{at(root, path, line)} imports {name}; every metric is declared in {METRICS}"
        for path, module in modules(root, "src", "connectors/*/src")
        if at(root, path) != METRICS
        for line, name in imported(module)
        if name.startswith("prometheus_client") and not name.startswith("prometheus_client.parser")
    ]


def _reads_clock(node: ast.Attribute) -> bool:
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    return (owner in {"datetime", "date"} and node.attr in _NOW) or (
        (owner, node.attr) == ("asyncio", "sleep")
    )
