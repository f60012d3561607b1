"""The gateway and the console in the chart: who reaches them, and what they read and reach."""

from __future__ import annotations

from typing import Any

import helm_python
import pytest

from tests.deploy.conftest import Manifest, named, render, values_of
from tracehub.settings import Settings


def test_gateway_when_enabled_is_open_to_its_peers_alone_and_drains_before_it_ends(
    everything: list[Manifest], mounted: Settings
) -> None:
    assert mounted.gateway.principals.keys() == {"market", "firm"}
    service = named(everything, "Service", "hub-gateway")["spec"]
    pod = named(everything, "Deployment", "hub-gateway")["spec"]["template"]
    assert service["selector"].items() <= pod["metadata"]["labels"].items()
    (container,) = pod["spec"]["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert ports["publish"] == mounted.gateway.port
    files = mounted_files(pod["spec"])
    gateway = mounted.gateway
    assert gateway.signing_key is not None
    assert gateway.oauth is not None
    named_files = (gateway.certificate, gateway.key, gateway.client_ca, gateway.signing_key.file)
    assert files == {str(each) for each in (*named_files, gateway.oauth.keys)}
    policy = named(everything, "NetworkPolicy", "hub-gateway-callers")["spec"]
    (opened,) = policy["ingress"]
    assert opened["from"] == values_of("everything")["gateway"]["from"]
    waits = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    assert grace > waits + mounted.services.drain_s


def test_gateway_when_nobody_may_publish_is_refused() -> None:
    with pytest.raises(helm_python.HelmError, match=r"gateway\.principals"):
        render({"gateway": {"enabled": True}})


def test_console_when_enabled_reads_its_secrets_its_index_and_every_pods_metrics(
    everything: list[Manifest], mounted: Settings
) -> None:
    console, index = mounted.console, mounted.index
    assert console is not None
    assert console.session_key is not None
    assert console.oidc is not None
    assert index is not None
    assert index.url is not None
    files = {f"/run/secrets/{each}" for each in ("index/url", "console/session", "console/client")}
    told = (index.url.file, console.session_key.file, console.oidc.client_secret.file)
    assert {str(each) for each in told} == files
    pod = named(everything, "Deployment", "hub-console")["spec"]["template"]
    assert files == mounted_files(pod["spec"])
    assert {"/run/secrets/index/url"} == mounted_files(
        named(everything, "Deployment", "hub-index")["spec"]["template"]["spec"]
    )
    (url,) = console.metrics
    metrics = named(everything, "Service", "hub-metrics")["spec"]
    assert url == f"http://hub-metrics:{metrics['ports'][0]['port']}/metrics"
    assert metrics["clusterIP"] == "None"
    (container,) = pod["spec"]["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert ports["console"] == console.port


def mounted_files(pod: dict[str, Any]) -> set[str]:
    """Every file of a Secret that a pod's container finds, but Kafka's."""
    (container,) = pod["containers"]
    folders = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    return {
        f"{folders[volume['name']]}/{place['path']}"
        for volume in pod["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
        for place in source["secret"]["items"]
    }


def test_console_when_enabled_is_reached_by_its_peers_and_reaches_the_hub_and_the_provider(
    everything: list[Manifest],
) -> None:
    values = values_of("everything")
    (callers,) = named(everything, "NetworkPolicy", "hub-console-callers")["spec"]["ingress"]
    assert callers == {
        "from": values["console"]["from"],
        "ports": [{"port": "console", "protocol": "TCP"}],
    }
    opened = named(everything, "NetworkPolicy", "hub-console")["spec"]["egress"]
    assert opened == [*values["index"]["egress"], *values["console"]["egress"]]
    pods = named(everything, "NetworkPolicy", "hub")["spec"]
    (metrics,) = named(everything, "NetworkPolicy", "hub-console-metrics")["spec"]["egress"]
    assert metrics["to"][0]["podSelector"] == pods["podSelector"]
    (peer,) = pods["ingress"][1]["from"]
    console = named(everything, "Deployment", "hub-console")["spec"]["template"]["metadata"]
    assert peer["podSelector"]["matchLabels"].items() <= console["labels"].items()


@pytest.mark.parametrize(
    ("enabled", "told"), [("index", r"index\.urlSecret"), ("console", r"console\.oidc")]
)
def test_service_when_enabled_without_what_it_needs_is_refused(enabled: str, told: str) -> None:
    with pytest.raises(helm_python.HelmError, match=told):
        render({enabled: {"enabled": True}})
