"""The chart, rendered offline by Helm's own engine for each case that ships with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from tests.conftest import LeaveOut
from tracehub.settings import Settings
from tracehub.settings_load import load_settings

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
def uv(leave_out: LeaveOut) -> str:
    """uv, which made the environment that the tests run in."""
    found = shutil.which("uv") or shutil.which(ROOT / ".uv" / "bin" / "uv")
    if found is None:
        leave_out("uv: it makes environments and lists what is in them")
    return found


@pytest.fixture(scope="session")
def everything() -> list[Manifest]:
    return render(values_of("everything"))


FIRM = {"connection": "third-party/market", "oauth_client": "firm"}
"""A publisher as it stands in a Secret."""


@pytest.fixture
def mounted(
    everything: list[Manifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings as a pod of the exchange reads them."""
    for name, text in named(everything, "ConfigMap", "hub")["data"].items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setenv("TRACEHUB_BUS__USERNAME", "hub-exchange")
    monkeypatch.setenv("TRACEHUB_GATEWAY__PRINCIPALS", json.dumps({"firm": FIRM}))
    return load_settings(tmp_path / "hub.yaml")
