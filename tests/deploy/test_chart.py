"""The chart's manifests: well formed, least privilege, and a hub that accepts what they hold."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest

from tests.deploy.conftest import CASES, CHART, Manifest, named, render, values_of
from tracehub.app import edition_of, judgement, topic_specs
from tracehub.app import rights as rights_of
from tracehub.settings import Settings

KUBERNETES = ("1.27", "1.34")
THEIRS = ("monitoring.coreos.com", "keda.sh", "kafka.strimzi.io")
"""Resources of operators, whose schemas are theirs."""


def faults(manifest: Manifest) -> list[str]:
    """What Kubernetes would say about a manifest; unknown keys count."""
    if manifest["apiVersion"].split("/")[0] in THEIRS:
        return []
    found = []
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{version} {manifest['kind']}: {error}")
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_chart_when_linted_and_rendered_is_clean(case: Path) -> None:
    values = values_of(case.stem.removesuffix("-values"))
    assert helm_python.lint(str(CHART), values, strict=True)["messages"] == []
    manifests = render(values)
    assert [fault for each in manifests for fault in faults(each)] == []
    names = [(each["kind"], each["metadata"]["name"]) for each in manifests]
    assert len(names) == len(set(names))
    assert all(len(name) <= 63 for _, name in names)


def test_chart_when_a_template_has_a_fault_is_told(tmp_path: Path) -> None:
    copy = shutil.copytree(CHART, tmp_path / "tracehub")
    template = copy / "templates" / "deployment.yaml"
    template.write_text(template.read_text().replace("minReadySeconds", "minReadySecond"))
    manifests = render(values_of("bare"), copy)
    assert any("minReadySecond" in fault for each in manifests for fault in faults(each))
    template.write_text(template.read_text().replace("    spec:", "   spec:", 1))
    assert helm_python.lint(str(copy), values_of("bare"), strict=True)["messages"]


def test_workloads_when_rendered_follow_the_connections(everything: list[Manifest]) -> None:
    arguments = {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]["containers"][0]["args"]
        for each in everything
        if each["kind"] == "Deployment"
    }
    config = "--config=/etc/tracehub/hub.yaml"
    assert sorted(arguments.values()) == [
        ["run", "collect", config, "--connection=inspection/cnas-lab"],
        ["run", "console", config],
        ["run", "deliver", config, "--connection=central/national"],
        ["run", "deliver", config, "--connection=inspection/cnas-lab"],
        ["run", "exchange", config, "--workers=2"],
        ["run", "gateway", config],
        ["run", "index", config],
    ]


def test_pod_when_rendered_mounts_its_own_connections_secrets_only(
    everything: list[Manifest],
) -> None:
    mounted: dict[str, set[str]] = {}
    for each in everything:
        if each["kind"] == "Deployment":
            volumes = each["spec"]["template"]["spec"]["volumes"]
            sources = [s for v in volumes for s in v.get("projected", {}).get("sources", ())]
            mounted[each["metadata"]["labels"]["tracehub/connection"]] = {
                source["secret"]["name"] for source in sources
            }
    assert mounted == {
        "exchange": set(),
        "gateway": {"gateway-tls", "publishers-ca", "receipts", "issuer"},
        "index": {"index"},
        "console": {"index", "console"},
        "central.national": {"central"},
        "inspection.cnas-lab": {"lab"},
    }


def test_settings_when_mounted_are_good_for_the_hub(
    everything: list[Manifest], mounted: Settings
) -> None:
    settings = mounted
    assert settings.bus.model_dump()["username"] == "hub-exchange"
    assert sorted(settings.connections) == sorted(values_of("everything")["connections"])
    made = {each["metadata"]["name"]: each for each in everything if each["kind"] == "KafkaTopic"}
    specs = {spec.name: spec for spec in topic_specs(settings)}
    assert made.keys() == specs.keys()
    for name, spec in specs.items():
        assert made[name]["spec"]["partitions"] == spec.partitions
        policy = "compact" if spec.compacted else "delete"
        assert made[name]["spec"]["config"]["cleanup.policy"] == policy


def rights(manifests: list[Manifest], user: str, operation: str) -> set[str]:
    acls = named(manifests, "KafkaUser", user)["spec"]["authorization"]["acls"]
    return {
        each["resource"]["name"]
        for each in acls
        if operation in each["operations"] and each["resource"]["type"] == "topic"
    }


def test_users_when_rendered_have_the_rights_of_their_part_alone(
    everything: list[Manifest],
) -> None:
    users = [each["metadata"]["name"] for each in everything if each["kind"] == "KafkaUser"]
    deliver, lab = (each for each in sorted(users) if "-deliver-" in each)
    (collect,) = (each for each in users if "-collect-" in each)
    state = "state.deliver.central.national"
    assert rights(everything, deliver, "Read") == {
        "deliver.central.national",
        "control.connections",
        state,
    }
    assert rights(everything, deliver, "Write") == {
        "state.connection.central.national",
        "dead-letter.central.national",
        "receipt.central.national",
        state,
    }
    assert "deliver.central.national" not in rights(everything, lab, "Read")
    raw = {f"raw.{each}.inspection.cnas-lab" for each in ("food", "drug", "agri-food")}
    states = {"state.collect.inspection.cnas-lab", "state.connection.inspection.cnas-lab"}
    assert rights(everything, collect, "Write") == raw | states
    publisher = rights(everything, "hub-publisher-third-party-market", "Write")
    assert publisher == {"raw.food.third-party.market"}
    assert rights(everything, "hub-publisher-third-party-market", "Read") == set()
    writers = {
        user
        for user in users
        if any(each.startswith("deliver.") for each in rights(everything, user, "Write"))
    }
    assert writers == {"hub-exchange"}
    acls = [
        acl
        for each in everything
        if each["kind"] == "KafkaUser"
        for acl in each["spec"]["authorization"]["acls"]
    ]
    assert {each["resource"]["patternType"] for each in acls} == {"literal"}


def test_users_when_rendered_have_what_the_hub_says_they_need(
    everything: list[Manifest], mounted: Settings
) -> None:
    told = {
        frozenset(
            (each.kind, each.name, operation) for each in held for operation in each.operations
        )
        for user, held in rights_of(mounted).items()
        if user.split(".")[0] not in {"operator", "destination"}
    }
    rendered = {
        frozenset(
            (acl["resource"]["type"], acl["resource"]["name"], operation)
            for acl in each["spec"]["authorization"]["acls"]
            for operation in acl["operations"]
        )
        for each in everything
        if each["kind"] == "KafkaUser"
    }
    assert rendered == told


def test_users_when_rendered_have_quotas(everything: list[Manifest]) -> None:
    quotas = values_of("everything")["strimzi"]["users"].get("quotas", {}).keys()
    users = [each["spec"]["quotas"] for each in everything if each["kind"] == "KafkaUser"]
    assert users
    known = {"producerByteRate", "consumerByteRate", "requestPercentage"}
    assert all(each.keys() >= known | quotas for each in users)


def test_pods_when_replaced_move_partitions_as_seldom_as_can_be(everything: list[Manifest]) -> None:
    found = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["strategy"]
        for each in everything
        if each["kind"] == "Deployment"
    }
    one_leaves_first = {"maxSurge": 0, "maxUnavailable": 1}
    for member in ("exchange", "deliver", "index"):
        assert found[member]["rollingUpdate"] == one_leaves_first
    assert found["collect"] == {"type": "Recreate"}
    for door in ("gateway", "console"):
        assert found[door]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_network_when_rendered_denies_by_default_and_opens_each_connection_alone(
    everything: list[Manifest],
) -> None:
    policy = named(everything, "NetworkPolicy", "hub")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {
        53,
        8081,
        9092,
        9093,
    }
    own = [each for each in everything if each["kind"] == "NetworkPolicy"]
    reached = {
        each["spec"]["podSelector"]["matchLabels"].get("tracehub/connection"): rule
        for each in own
        for rule in each["spec"].get("egress", ())
    }
    assert reached["central.national"]["to"] == [{"ipBlock": {"cidr": "203.0.113.10/32"}}]
    assert reached["inspection.cnas-lab"]["to"] == [{"ipBlock": {"cidr": "203.0.113.20/32"}}]


def test_scaling_when_automatic_leaves_replicas_to_it(everything: list[Manifest]) -> None:
    replicas = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"].get("replicas")
        for each in everything
        if each["kind"] == "Deployment"
    }
    assert replicas == {
        "exchange": None,
        "deliver": None,
        "collect": 1,
        "gateway": None,
        "index": 1,
        "console": 1,
    }
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]
        for each in everything
        if each["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}
    }
    assert not {each for each in scaled if "collect" in each or "index" in each}
    kinds = {each["kind"] for each in everything}
    assert {"ScaledObject", "HorizontalPodAutoscaler", "PodDisruptionBudget"} <= kinds


def test_scaling_when_it_asks_for_more_pods_than_partitions_is_refused() -> None:
    values: dict[str, Any] = {"services": {"exchange": {"autoscaling": {"by": "lag", "max": 13}}}}
    with pytest.raises(helm_python.HelmError, match="more than kafka"):
        render(values)


def test_pod_when_it_stops_has_longer_than_it_may_drain() -> None:
    manifests = render({**values_of("bare"), "hub": {"drainSeconds": 45}})
    pod = named(manifests, "Deployment", "hub-tracehub-exchange")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > 45
    assert "drain_s: 45" in named(manifests, "ConfigMap", "hub-tracehub")["data"]["hub.yaml"]


def test_files_when_mounted_are_good_for_the_hub(
    everything: list[Manifest], mounted: Settings
) -> None:
    assert judgement(mounted).connections.keys() == mounted.connections.keys()
    assert {each.id for each in edition_of(mounted).lists} == {"national", "330000"}
    assert "ledger.yaml" in named(everything, "ConfigMap", "hub")["data"]
