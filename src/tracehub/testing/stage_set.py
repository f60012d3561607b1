"""A stage set: settings of a hub whose neighbours are the simulated systems."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from tracehub.app import Edges, open_bus, registered, topic_specs
from tracehub.avro.catalogue import Catalogue
from tracehub.bus.port import Bus
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.systems import (
    DEMO,
    Ledger,
    System,
    platform_of,
    running_all,
    secret_of,
    simulated,
)
from tracehub.testing.traffic import USCC

CATEGORIES = ("food", "drug", "agri-food")
_WATCHED = {"index": {"path": "index.db"}, "console": {"port": 0}}
_LIMITS = {"rate_per_s": 1000, "backoff_s": 0.05, "backoff_max_s": 1.0}
_SECRETS = {"provincial": "secret", "customs": "password", "third-party": "signing_key"}
"""What a type calls its secret, if not token."""
_REGIONS = {"zhejiang": "330000", "guangdong": "440000", "sichuan": "510000"}


Front = Callable[[Mapping[str, str]], AbstractAsyncContextManager[Mapping[str, str]]]
"""The addresses that the hub is told for those that systems have, by connection."""


class Cast(NamedTuple):
    """Systems by connection, and the categories that all of them deal in."""

    systems: Sequence[str] = DEMO
    categories: Sequence[str] = CATEGORIES


DEMONSTRATION = Cast()


class Scene(NamedTuple):
    """Settings and their file, an open log with its topics, and the systems of this process."""

    settings: Settings
    settings_file: Path
    bus: Bus
    catalogue: Catalogue
    ledger: Ledger
    systems: Sequence[System]


@asynccontextmanager
async def scene(
    directory: Path,
    bus: Mapping[str, Any],
    *,
    deduplicate: bool = True,
    front: Front = nullcontext,
    cast: Cast = DEMONSTRATION,
) -> AsyncIterator[Scene]:
    """Run the systems of the demonstration, write a hub's settings, open its log.

    Args:
        directory: where settings, secrets and the systems' ledger lie.
        bus: the `bus` section of the settings.
        deduplicate: whether the systems recognise an effect key that they know.
        front: puts something in front of the systems.
        cast: which systems, and in what they deal.
    """
    with closing(Ledger(directory / "ledger.db")) as ledger:
        systems = [simulated(each, ledger, deduplicate=deduplicate) for each in cast.systems]
        async with (
            running_all((each, 0) for each in systems) as urls,
            front(urls) as told,
        ):
            path = write_settings(directory, told, bus, categories=cast.categories)
            settings = load_settings(path)
            judged = await registered(settings)
            async with open_bus(settings, Edges(silent()).clock) as log:
                await log.ensure(topic_specs(settings))
                yield Scene(settings, path, log, judged.catalogue, ledger, systems)


def write_settings(
    directory: Path,
    urls: Mapping[str, str],
    bus: Mapping[str, Any],
    *,
    http_port: int = 0,
    categories: Sequence[str] = CATEGORIES,
) -> Path:
    """Write `hub.yaml` and its secrets for systems at these addresses.

    Args:
        directory: where; made when it is missing.
        urls: address of each simulated system, by connection.
        bus: the `bus` section.
        http_port: where health and metrics are served.
        categories: what every connection deals in.
    """
    secrets = directory / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    connections = {}
    for connection, url in urls.items():
        file = secrets / connection.replace("/", ".")
        file.write_text(secret_of(connection), "utf-8")
        connections[connection] = {
            **_described(connection, url, f"secrets/{file.name}"),
            "categories": list(categories),
            "disclosure": "regulator",
            "limits": dict(_LIMITS),
        }
    tree = {
        "bus": dict(bus),
        "services": {"http_port": http_port, "log_level": "warning", "flood_rest_s": 1.0},
        **_WATCHED,
        "connections": connections,
    }
    path = directory / "hub.yaml"
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(tree, path)
    return path


def _described(connection: str, url: str, secret: str) -> dict[str, Any]:
    """What is special to a connection, its secret in a file."""
    kind, _, name = connection.partition("/")
    reached = {"url": url, "secrets": {_SECRETS.get(kind, "token"): {"file": secret}}}
    if kind == "central":
        return {"tier": "central", "region": "000000", "direction": "out", **reached}
    if kind == "provincial":
        config = {"platform": platform_of(connection)}
        return {"tier": "province", "region": _REGIONS[name], "config": config, **reached}
    if kind == "third-party":
        config = {"protocol": "webhook"}
        return {**reached, "direction": "out", "config": config, "url": f"{url}/events"}
    lateral: dict[str, Any] = {"format": "mapped", "collect_every_s": 0.5, **reached}
    if kind == "customs":
        lateral["config"] = {"username": "hub"}
    if kind == "qms":
        lateral["party"] = USCC["zhejiang"]
    return lateral
