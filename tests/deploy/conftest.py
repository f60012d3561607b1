"""The chart, rendered offline by Helm's own engine for each case that ships with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "tracehub"
CASES = sorted((CHART / "ci").glob("*-values.yaml"))

Manifest = dict[str, Any]
Render = Callable[[dict[str, Any]], list[Manifest]]


def values_of(case: str) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((CHART / "ci" / f"{case}-values.yaml").read_text())
    return values


def render(values: dict[str, Any], chart: Path = CHART) -> list[Manifest]:
    """Every manifest that an install would send to the cluster."""
    with helm_python.Chart.load(chart) as loaded:
        texts = loaded.render(values, name="hub", namespace="trace")
    return [each for text in texts.values() for each in yaml.safe_load_all(text) if each]


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """The one manifest of a kind and name."""
    (found,) = [
        each for each in manifests if each["kind"] == kind and each["metadata"]["name"] == name
    ]
    return found


@pytest.fixture(scope="session")
def everything() -> list[Manifest]:
    return render(values_of("everything"))
