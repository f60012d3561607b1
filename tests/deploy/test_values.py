"""What operators write: each group refuses a bad value with its path, and is documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import helm_python
import pytest

from deploy import values
from deploy.generated import generated
from tests.deploy.conftest import CASES, CHART, ROOT, render, values_of

BAD: list[tuple[str, Any]] = [
    ("nameOverride", 1),
    ("commonLabels.team", 1),
    ("image.pullPolicy", "Sometimes"),
    ("image.digest", "latest"),
    ("kafka.servers", ["kafka"]),
    ("kafka.partitions", 0),
    ("kafka.security", "TLS"),
    ("kafka.passwordSecret.value", "secret in a values file"),
    ("kafka.egress", [{"from": []}]),
    ("hub.logLevel", "loud"),
    ("hub.drainSeconds", 0),
    ("services.exchange.replicas", 0),
    ("services.exchange.autoscaling.by", "mood"),
    ("services.deliver.autoscaling.cpuPercent", 101),
    ("hub.codec", "quick"),
    ("hub.floodRestSeconds", -1),
    ("hub.traceRatio", 2),
    ("hub.files", {"../etc": ""}),
    ("services.exchange.workers", 0),
    ("services.gateway.autoscaling.by", "lag"),
    ("services.portal", {}),
    ("gateway.principals.market", {"connection": "market"}),
    ("gateway.service.type", "Headless"),
    ("gateway.tls.key", "a key in a values file"),
    ("gateway.from", {}),
    ("services.index.replicas", 2),
    ("services.console.autoscaling", {"by": "cpu"}),
    ("index.urlSecret.value", "postgresql://hub:secret@db"),
    ("index.retentionDays", 0),
    ("index.egress", [{"ports": {}}]),
    ("console.sessionKeySecret.value", "a key in a values file"),
    ("console.oidc.clientSecret.value", "a secret in a values file"),
    ("console.oidc.address", "https://console.example/"),
    ("console.oidc.grants.trace.role", "root"),
    ("console.oidc.grants.trace", {"role": "viewer", "connection": "zhejiang"}),
    ("console.service.type", "Headless"),
    ("console.service.port", 0),
    ("console.ingress.host", 1),
    ("console.from", {}),
    ("connections.zhejiang", {}),
    ("connections.provincial/zhejiang.settings.tier", "village"),
    ("connections.provincial/zhejiang.settings.urll", "https://zhejiang.example"),
    ("connections.provincial/zhejiang.settings.limits.rate_per_s", 0),
    ("connections.provincial/zhejiang.settings.secrets", {"token": {"env": "TOKEN"}}),
    ("connections.provincial/zhejiang.secrets.token", {"secret": "zhejiang"}),
    ("serviceAccount.create", "yes"),
    ("pdb.enabled", 1),
    ("networkPolicy.metricsFrom", {}),
    ("monitoring.serviceMonitor.interval", "often"),
    ("strimzi.users.quotas.producerByteRate", -1),
    ("strimzi.apiVersion", "v1"),
    ("extraEnv", [{"value": "nameless"}]),
]


def at(path: str, value: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    tree: dict[str, Any] = value
    return tree


@pytest.mark.parametrize(("path", "value"), BAD, ids=[path for path, _ in BAD])
def test_value_when_it_can_not_be_is_refused_with_its_path(path: str, value: Any) -> None:
    with pytest.raises(helm_python.HelmError) as refused:
        render(at(path, value))
    told = str(refused.value)
    assert path.split(".", maxsplit=1)[0] in told
    assert path.rsplit(".", maxsplit=1)[-1] in told


def test_bad_values_when_listed_cover_every_group() -> None:
    groups = values.schema((CHART / "values.yaml").read_text("utf-8"))["properties"]
    simple = {name for name, each in groups.items() if each.get("type") in {"string", "array"}}
    plain = {"podAnnotations", "nodeSelector", "affinity", "global"}
    assert groups.keys() - simple - plain <= {path.split(".", maxsplit=1)[0] for path, _ in BAD}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case_when_validated_fits_the_schema(case: Path) -> None:
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(values_of(case.stem.removesuffix("-values")))


def test_files_when_made_from_the_code_are_the_committed_ones() -> None:
    stale = [
        name for name, text in generated(ROOT).items() if (ROOT / name).read_text("utf-8") != text
    ]
    assert stale == [], "run `make generate`"


def test_value_when_it_is_not_described_is_named() -> None:
    written = (CHART / "values.yaml").read_text("utf-8")
    assert values.undocumented(written) == []
    without = written.replace("  ## @param hub.logLevel", "  ## @param hub.other")
    assert values.undocumented(without) == ["hub.logLevel"]
