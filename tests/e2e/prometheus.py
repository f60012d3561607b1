"""A real Prometheus with the shipped rules, for which a minute is a fraction of a second."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

ALERTS = Path(__file__).parents[2] / "deploy" / "helm" / "tracehub" / "files" / "alerts.yaml"
MINUTE_MS = 500
"""What a minute of an operator's lasts here: every wait and window is cut alike."""
AGES_S = {"TracehubBehind": 900, "TracehubDeliverySlow": 300}
"""Limits that are ages, in seconds: they are cut as waits are."""
LONGEST_S = 90.0
"""For an alert to fire or to clear, on a machine that does other things too."""


def hurried(rules: str) -> dict[str, Any]:
    """The shipped rules with every window, wait and limit of an age cut short."""
    tree: dict[str, Any] = yaml.safe_load(rules)
    for rule in tree["groups"][0]["rules"]:
        rule["expr"] = re.sub(r"\[(\d+)m\]", lambda found: f"[{_cut(found[1])}]", rule["expr"])
        if "for" in rule:
            rule["for"] = _cut(rule["for"].removesuffix("m"))
        if (age_s := AGES_S.get(rule["alert"])) is not None:
            assert rule["expr"].endswith(f"> {age_s}")
            rule["expr"] = rule["expr"].removesuffix(str(age_s)) + str(age_s * MINUTE_MS / 60_000)
    return tree


def _cut(minutes: str) -> str:
    return f"{int(minutes) * MINUTE_MS}ms"


class Prometheus:
    """What a running Prometheus says."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def rules(self) -> Sequence[Mapping[str, Any]]:
        """Every rule as it was evaluated last."""
        answer = await self._client.get("/rules")
        return [rule for group in answer.json()["data"]["groups"] for rule in group["rules"]]

    async def firing(self) -> set[str]:
        """The alerts that fire now."""
        answer = await self._client.get("/alerts")
        alerts = answer.json()["data"]["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}

    async def value(self, query: str) -> float | None:
        """The value of a query that has one series; None while there is none."""
        answer = await self._client.get("/query", params={"query": query})
        found = answer.json()["data"]["result"]
        return float(found[0]["value"][1]) if found else None

    async def fires(self, *alerts: str) -> None:
        """Wait until each of these has fired."""
        left = set(alerts)
        await _until(self, left, left.difference_update)

    async def clears(self, alerts: Collection[str]) -> None:
        """Wait until none of these fires."""
        left = set(alerts)
        await _until(self, left, left.intersection_update)


async def _until(told: Prometheus, left: set[str], note: Callable[[Collection[str]], None]) -> None:
    try:
        async with asyncio.timeout(LONGEST_S):
            while left:
                note(await told.firing())
                await asyncio.sleep(MINUTE_MS / 4000)
    except TimeoutError:
        raise AssertionError(f"still awaited: {sorted(left)}") from None


@asynccontextmanager
async def prometheus(
    program: str, folder: Path, port: int, targets: Sequence[int]
) -> AsyncIterator[Prometheus]:
    """Run it in a folder while the block runs; it scrapes these ports of the loopback."""
    rules, config = folder / "alerts.yaml", folder / "prometheus.yml"
    rules.write_text(yaml.safe_dump(hurried(ALERTS.read_text("utf-8"))), "utf-8")
    hubs = {"targets": [f"127.0.0.1:{each}" for each in targets]}
    tree = {
        "global": {"scrape_interval": "400ms", "evaluation_interval": "200ms"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "hub", "static_configs": [hubs]}],
    }
    config.write_text(yaml.safe_dump(tree), "utf-8")
    options = (f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}")
    listen = f"--web.listen-address=127.0.0.1:{port}"
    with (folder / "prometheus.log").open("wb") as log:
        running = await asyncio.create_subprocess_exec(
            program, *options, listen, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}/api/v1"
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
            while not await _answers(client):
                assert running.returncode is None, (folder / "prometheus.log").read_text("utf-8")
                await asyncio.sleep(0.05)
            yield Prometheus(client)
    finally:
        running.terminate()
        await running.wait()


async def _answers(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/status/runtimeinfo")).is_success
    except httpx2.TransportError:
        return False
