"""Wiring: what settings come to, what is refused, and an orderly stop."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tracehub.app import Edges, judgement, topic_specs
from tracehub.app import run as run_services
from tracehub.app.connections import line
from tracehub.app.edges import read_secret
from tracehub.connect.load import load_type
from tracehub.errors import ConfigError
from tracehub.settings import SecretReference, Settings
from tracehub.telemetry.log import silent

PROVINCE = {"tier": "province", "region": "330000", "categories": ["food"]}


def settings(**connections: Any) -> Settings:
    named = {name.replace("__", "/"): value for name, value in connections.items()}
    return Settings.model_validate({"connections": named})


def test_topics_when_derived_follow_direction_and_category() -> None:
    incoming = {**PROVINCE, "direction": "in"}
    lab = {**incoming, "collect_every_s": 1}
    specs = topic_specs(settings(provincial__a=PROVINCE, third__b=incoming, lab__c=lab))
    names = {spec.name for spec in specs}
    assert {"raw.food.provincial.a", "raw.food.third.b", "event.food"} <= names
    assert {"deliver.provincial.a", "receipt.provincial.a", "dead-letter.third.b"} <= names
    assert "deliver.third.b" not in names
    assert {spec.name for spec in specs if spec.compacted} == {
        "control.catalogue",
        "control.connections",
        "control.rules",
        "state.connection.provincial.a",
        "state.connection.third.b",
        "state.connection.lab.c",
        "state.exchange",
        "state.deliver.provincial.a",
        "state.collect.lab.c",
    }
    assert {spec.partitions for spec in specs} == {4}


def test_version_when_settings_that_decide_differ_differs(tmp_path: Path) -> None:
    places = tmp_path / "places.yaml"
    places.write_text('"urn:epc:id:sgln:6901028.00001.0": "330106"\n', "utf-8")
    base = settings(provincial__a=PROVINCE)
    same = base.model_copy(update={"services": base.services.model_copy()})
    assert judgement(base).version == judgement(same).version
    others = [
        settings(provincial__a={**PROVINCE, "region": "440000"}),
        base.model_copy(update={"places": places}),
    ]
    versions = {judgement(each).version for each in (base, *others)}
    assert len(versions) == 3


def test_secret_when_read_comes_from_environment_or_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_TOKEN", "hunter2")
    file = tmp_path / "token"
    file.write_text("hunter3\n", "utf-8")
    assert read_secret(SecretReference(env="HUB_TOKEN"), "x") == "hunter2"
    assert read_secret(SecretReference(file=file), "x") == "hunter3"
    with pytest.raises(ConfigError, match=r"secrets\.token.*NOT_THERE"):
        read_secret(SecretReference(env="NOT_THERE"), "connections.a/b.secrets.token")
    with pytest.raises(ConfigError, match="No such file"):
        read_secret(SecretReference(file=tmp_path / "none"), "x")


def test_line_when_the_types_settings_do_not_fit_names_the_key() -> None:
    found = settings(central__x={"url": "http://127.0.0.1:1", "config": {"tokn": "x"}})
    with pytest.raises(ConfigError) as caught:
        line(
            found.models()[0],
            found.connections["central/x"],
            load_type("central"),
            Edges(silent()),
        )
    assert "connections.central/x.tokn" in str(caught.value)
    assert "connections.central/x.token" in str(caught.value)


def test_connector_type_when_unknown_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="provincial"):
        load_type("teleport")


async def test_program_when_told_to_stop_drains_and_ends_with_0(tmp_path: Path) -> None:
    path = tmp_path / "hub.yaml"
    path.write_text(
        "bus: {engine: sqlite, path: hub.db, partitions: 2}\n"
        "services: {http_port: 0, drain_s: 10}\n"
        'connections: {third-party/a: {direction: in, categories: [food], region: "330000"}}\n',
        "utf-8",
    )
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tracehub", "run", "-c", str(path)), stdout=subprocess.PIPE
    )
    assert program.stdout is not None
    started = json.loads(await asyncio.wait_for(program.stdout.readline(), 60))
    assert started["event"] == "hub_started"
    address = f"http://127.0.0.1:{started['http_port']}"
    async with httpx2.AsyncClient() as client, asyncio.timeout(60):
        while (await client.get(f"{address}/readyz")).status_code != 200:
            await asyncio.sleep(0.02)
        assert (await client.get(f"{address}/livez")).status_code == 200
    program.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(program.wait(), 60) == 0
    assert b"hub_stopped" in await program.stdout.read()


async def test_services_when_told_one_connection_serve_that_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_A", "12345678-a")
    entry = {
        "categories": ["food"],
        "direction": "out",
        "url": "http://127.0.0.1:9",
        "secrets": {"token": {"env": "TOKEN_A"}},
    }
    other = {**entry, "secrets": {"token": {"env": "NOT_SET_HERE"}}}
    bus = {"engine": "sqlite", "path": str(tmp_path / "hub.db"), "partitions": 1}
    hub = Settings.model_validate(
        {"bus": bus, "connections": {"central/a": entry, "central/b": other}}
    )
    edges = Edges(silent())
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(run_services(hub, ["deliver"], edges, ["central/a"]))
        while not edges.health.ready():
            await asyncio.sleep(0.01)
        assert list(edges.health.pulses) == ["deliver.central.a"]
        edges.stopping.set()


async def test_services_when_told_an_unknown_connection_refuse_to_start() -> None:
    with pytest.raises(ConfigError, match="--connection central/a"):
        await run_services(Settings(), ["deliver"], Edges(silent()), ["central/a"])
