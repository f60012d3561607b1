"""Every alert fires on its fault, clears after it, is silent otherwise, and has its page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from tests.conftest import LeaveOut
from tests.deploy.conftest import CHART, ROOT, Manifest, named
from tracehub.cli.main import COMMANDS
from tracehub.telemetry.metrics import Metrics

ALERTS = CHART / "files" / "alerts.yaml"
RULES: dict[str, Any] = {
    each["alert"]: each for each in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
}
SERIES = Path(__file__).with_name("alerts.yaml")
RUNBOOK = ROOT / "docs" / "runbook"
USED = re.compile(r"\btracehub_[a-z_]+")

LABELS: dict[str, list[dict[str, str]]] = {
    "TracehubGap": [{"connection": "central/a", "partition": "0"}],
    "TracehubStuck": [{"topic": "raw.food.provincial.a", "service": "exchange"}],
    "TracehubBehind": [{"service": "exchange"}],
    "TracehubPublishFailing": [{"service": "exchange"}],
    "TracehubRejects": [{"connection": "provincial/a"}],
    "TracehubDeliveriesRefused": [{"connection": "central/a"}],
    "TracehubBreakerOpen": [{"connection": "central/a"}],
    "TracehubDeliverySlow": [{"connection": "central/a"}],
    "TracehubRulesDiffer": [{}],
    "TracehubUnaccounted": [{"connection": "provincial/a", "stage": "exchange"}],
    "TracehubFlood": [{"connection": "provincial/a"}],
    "TracehubGatewayFailing": [{}],
    "TracehubGatewayFull": [{"instance": "g"}],
    "TracehubWorkersDying": [{"instance": "e"}],
}
"""What the hour of faults fires, by alert; TracehubAbsent has an hour of its own."""


@pytest.fixture(scope="session")
def promtool(leave_out: LeaveOut) -> str:
    found = shutil.which("promtool")
    if found is None:
        leave_out("Prometheus: no promtool on the PATH")
    return found


def done(*command: str | Path, text: str | None = None) -> tuple[int, str]:
    found = subprocess.run(command, capture_output=True, check=False, text=True, input=text)
    return found.returncode, found.stdout + found.stderr


def told(alert: str, labels: dict[str, str]) -> dict[str, Any]:
    """What a firing alert says, as promtool expects it."""
    rule = RULES[alert]

    def filled(text: str) -> str:
        return re.sub(r"{{ \$labels\.(\w+) }}", lambda match: labels[match[1]], text)

    return {
        "exp_labels": {**labels, **rule["labels"]},
        "exp_annotations": {key: filled(text) for key, text in rule["annotations"].items()},
    }


def expected(minute: int, firing: dict[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    """At one minute: these alerts fire, and no other."""
    return [
        {
            "eval_time": f"{minute}m",
            "alertname": alert,
            "exp_alerts": [told(alert, labels) for labels in firing.get(alert, ())],
        }
        for alert in RULES
    ]


def outcome(promtool: str, folder: Path, rules: str) -> tuple[int, str]:
    """The verdict of promtool on the recorded hours."""
    (folder / "rules.yaml").write_text(rules, "utf-8")
    series = yaml.safe_load(SERIES.read_text("utf-8"))
    series["rule_files"] = [str(folder / "rules.yaml")]
    absent: dict[str, list[dict[str, str]]] = {"TracehubAbsent": [{}]}
    wanted = {
        "SILENT": [each for minute in range(90) for each in expected(minute, {})],
        "FIRING": expected(55, LABELS) + expected(89, {"TracehubRulesDiffer": [{}]}),
        "ABSENT": expected(30, absent) + expected(89, {}),
    }
    for test in series["tests"]:
        test["alert_rule_test"] = wanted[test["alert_rule_test"]]
    (folder / "tests.yaml").write_text(yaml.safe_dump(series), "utf-8")
    return done(promtool, "test", "rules", folder / "tests.yaml")


def test_alerts_when_hours_are_played_fire_on_faults_and_clear(
    promtool: str, tmp_path: Path
) -> None:
    code, text = outcome(promtool, tmp_path, ALERTS.read_text("utf-8"))
    assert code == 0, text
    assert set(LABELS) | {"TracehubAbsent"} == set(RULES)


@pytest.mark.parametrize(
    ("right", "wrong"), [("> 900", "> 90000"), ("== 1\n", ">= 0\n"), ("for: 30m", "for: 2h")]
)
def test_alerts_when_a_limit_is_wrong_fail_their_test(
    promtool: str, tmp_path: Path, right: str, wrong: str
) -> None:
    rules = ALERTS.read_text("utf-8")
    assert right in rules
    code, _ = outcome(promtool, tmp_path, rules.replace(right, wrong))
    assert code != 0


def test_alert_when_it_fires_has_a_page_of_its_name_and_both_languages() -> None:
    assert {page.stem for page in RUNBOOK.glob("*.md")} - {"index"} == set(RULES)
    for alert, rule in RULES.items():
        assert rule["annotations"]["runbook_url"] == f"runbook/{alert}"
        title = (RUNBOOK / f"{alert}.md").read_text("utf-8").splitlines()[0]
        english, _, chinese = title.removeprefix("# ").partition(" · ")
        assert english.isascii()
        assert not chinese.isascii()


def test_runbook_when_it_names_a_command_or_metric_names_one_that_exists() -> None:
    for page in RUNBOOK.glob("*.md"):
        text = page.read_text("utf-8")
        named_commands = set(re.findall(r"`tracehub ([a-z-]+)", text))
        assert named_commands <= COMMANDS.keys(), page.name
        assert {each for each in USED.findall(text) if each not in names()} == set(), page.name


def names() -> set[str]:
    """Every series that the hub exposes."""
    found = set()
    for metric in Metrics().registry.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum", ""]}
        found |= {metric.name + each for each in suffixes.get(metric.type, [""])}
    return found


def expressions() -> list[str]:
    board = json.loads((CHART / "files" / "dashboard.json").read_text("utf-8"))
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return [*(rule["expr"] for rule in RULES.values()), *shown]


def test_series_when_an_alert_or_plot_uses_it_exists_and_none_is_left_out() -> None:
    used = {each for text in expressions() for each in USED.findall(text)}
    assert used - names() == set()
    families = {metric.name for metric in Metrics().registry.collect()}
    unseen = {each for each in families if not any(name.startswith(each) for name in used)}
    assert unseen == set()


def test_plots_when_parsed_are_good_queries(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"plot:{number}", "expr": text.replace("$__rate_interval", "5m")}
        for number, text in enumerate(expressions())
    ]
    path = tmp_path / "plots.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "plots", "rules": rules}]}))
    code, text = done(promtool, "check", "rules", path)
    assert code == 0, text
    path.write_text(path.read_text().replace("sum by (topic) (", "sum by (topic) (("))
    assert done(promtool, "check", "rules", path)[0] != 0


def exposition() -> str:
    """The text that is scraped, with one sample of each metric."""
    metrics = Metrics()
    for each in vars(metrics).values():
        if isinstance(each, Counter | Gauge | Histogram):
            names = each._labelnames
            child = each.labels(*("x" for _ in names)) if names else each
            child.observe(1) if isinstance(child, Histogram) else child.inc()
    return metrics.exposition().decode()


def test_metrics_when_checked_are_named_as_is_the_custom(promtool: str) -> None:
    text = exposition()
    assert done(promtool, "check", "metrics", text=text) == (0, "")
    broken = text.replace("tracehub_repeats_total", "tracehub_repeats")
    assert "_total" in done(promtool, "check", "metrics", text=broken)[1]


def test_chart_when_it_carries_alerts_and_plots_links_them(everything: list[Manifest]) -> None:
    rule = named(everything, "PrometheusRule", "hub")
    (group,) = rule["spec"]["groups"]
    assert [each["alert"] for each in group["rules"]] == list(RULES)
    link = group["rules"][0]["annotations"]["runbook_url"]
    assert link == "https://docs.example/runbook/TracehubAbsent"
    board = named(everything, "ConfigMap", "hub-dashboard")["data"]["tracehub.json"]
    assert json.loads(board)["uid"] == "tracehub"
