"""A real Prometheus scrapes the running hub with the shipped rules loaded."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import yaml

from tests.conftest import LeaveOut
from tests.deploy.conftest import CHART

HUB = """
bus: {engine: sqlite, path: hub.db, partitions: 1}
services: {http_port: 0, drain_s: 5}
connections:
  third-party/a: {direction: in, categories: [food], region: "330000"}
"""


@contextmanager
def program(*command: str | Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program while the block runs."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running
        finally:
            running.terminate()
            running.communicate(timeout=30)


def answer(address: str) -> Any:
    """The data of an answer of Prometheus; None while there is none."""
    try:
        found = httpx2.get(address, timeout=5)
    except httpx2.TransportError:
        return None
    return found.json()["data"] if found.status_code == 200 else None


def until(address: str, wanted: str) -> Any:
    """The first answer that holds `wanted`."""
    deadline = time.monotonic() + 30
    found = None
    while time.monotonic() < deadline:
        found = answer(address)
        if found and wanted in json.dumps(found):
            return found
        time.sleep(0.2)
    raise AssertionError(f"{address} never told {wanted}: {found}")


def evaluated_after(address: str, moment: datetime) -> list[Any]:
    """Every rule, once each was evaluated after a moment; before the first scrape all is absent."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        groups = (answer(address) or {"groups": []})["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        times = [datetime.fromisoformat(rule["lastEvaluation"]) for rule in rules]
        if rules and min(times) > moment:
            assert {rule["health"] for rule in rules} == {"ok"}
            return rules
        time.sleep(0.2)
    raise AssertionError(f"{address}: not every rule was evaluated after {moment}")


def test_prometheus_when_it_scrapes_the_hub_loads_every_rule_and_fires_none(
    tmp_path: Path, leave_out: LeaveOut
) -> None:
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        leave_out("Prometheus: no prometheus on the PATH")
    (tmp_path / "hub.yaml").write_text(HUB, "utf-8")
    with program(sys.executable, "-m", "tracehub", "run", folder=tmp_path) as hub:
        assert hub.stdout is not None
        port = json.loads(hub.stdout.readline())["http_port"]
        config = {
            "global": {"scrape_interval": "200ms", "evaluation_interval": "200ms"},
            "rule_files": [str(CHART / "files" / "alerts.yaml")],
            "scrape_configs": [
                {"job_name": "hub", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            ],
        }
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), "utf-8")
        options = ("--config.file=prometheus.yml", "--storage.tsdb.path=data")
        listen = "--web.listen-address=127.0.0.1:"
        own = free_port()
        address = f"http://127.0.0.1:{own}/api/v1"
        with program(prometheus, *options, f"{listen}{own}", folder=tmp_path):
            build = until(f"{address}/query?query=tracehub_build_info", '"rules"')
            assert build["result"][0]["metric"]["job"] == "hub"
            lag = until(f"{address}/query?query=tracehub_lag_records", "raw.food.third-party.a")
            assert lag["result"][0]["value"][1] == "0"
            rules = evaluated_after(f"{address}/rules", datetime.now(UTC))
            assert {rule.get("lastError", "") for rule in rules} == {""}
            assert len(rules) == 15
            assert answer(f"{address}/alerts")["alerts"] == []


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


SHORT = 600
"""By how much less time an alert waits here than it does for an operator."""


def hurried(rules: str) -> str:
    """The shipped rules with every window and wait cut short, so that seconds do for minutes."""

    def cut(found: re.Match[str]) -> str:
        return f"{found[1]}{int(found[2]) * 60_000 // SHORT + 1000}ms{found[3]}"

    rules = re.sub(r"(\[)(\d+)m(\])", cut, rules)
    return re.sub(r"(for: )(\d+)m()", cut, rules)


def firing(address: str, alert: str, *, wanted: bool) -> None:
    """Wait until an alert fires, or until it does not."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        alerts = (answer(f"{address}/alerts") or {"alerts": []})["alerts"]
        names = {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}
        if (alert in names) is wanted:
            return
        time.sleep(0.2)
    raise AssertionError(f"{alert}: {wanted} was awaited")


def test_absence_when_the_hub_is_not_there_fires_and_clears_when_it_is(
    tmp_path: Path, leave_out: LeaveOut
) -> None:
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        leave_out("Prometheus: no prometheus on the PATH")
    hub_port, own = free_port(), free_port()
    hub_yaml = HUB.replace("http_port: 0", f"http_port: {hub_port}")
    (tmp_path / "hub.yaml").write_text(hub_yaml, "utf-8")
    (tmp_path / "alerts.yaml").write_text(
        hurried((CHART / "files" / "alerts.yaml").read_text("utf-8")), "utf-8"
    )
    config = {
        "global": {"scrape_interval": "200ms", "evaluation_interval": "200ms"},
        "rule_files": ["alerts.yaml"],
        "scrape_configs": [
            {"job_name": "hub", "static_configs": [{"targets": [f"127.0.0.1:{hub_port}"]}]}
        ],
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), "utf-8")
    options = ("--config.file=prometheus.yml", "--storage.tsdb.path=data")
    address = f"http://127.0.0.1:{own}/api/v1"
    listen = f"--web.listen-address=127.0.0.1:{own}"
    tracehub = (sys.executable, "-m", "tracehub")
    with program(prometheus, *options, listen, folder=tmp_path):
        firing(address, "TracehubAbsent", wanted=True)
        with program(*tracehub, "run", folder=tmp_path):
            firing(address, "TracehubAbsent", wanted=False)
        firing(address, "TracehubAbsent", wanted=True)
