"""A settings file that changes is followed; one that does not fit changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import pytest

from tracehub.app import Edges, run_reloading
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent

HUB = """
bus: {engine: sqlite, path: hub.db, partitions: 1}
connections:
  provincial/a: {tier: province, region: "330000", categories: [food]}
"""
MORE = HUB + '  provincial/b: {tier: province, region: "440000", categories: [food]}\n'
SECRET = (
    HUB.rstrip().removesuffix("}")
    + """, url: "http://127.0.0.1:9", \
config: {platform: p}, secrets: {secret: {file: a.key}}}
"""
)


class Heard:
    """A log that keeps the names of facts, and does something at the first of one name."""

    def __init__(self, then: Mapping[str, Callable[[], None]] = MappingProxyType({})) -> None:
        self.facts: list[str] = []
        self.said: dict[str, str] = {}
        self._then = then

    def note(self, fact: str, **said: object) -> None:
        self.said[fact] = str(said.get("error", ""))
        if fact in self._then and fact not in self.facts:
            self._then[fact]()
        self.facts.append(fact)

    info = warning = error = note

    def bind(self, **_bound: object) -> Heard:
        return self


@asynccontextmanager
async def hub(path: Path, heard: Heard, service: str = "exchange") -> AsyncIterator[Edges]:
    edges = Edges(silent())
    edges.log = heard  # type: ignore[assignment]  # it says what it heard
    running = asyncio.create_task(run_reloading(path, load_settings(path), [service], edges, ()))
    yield edges
    edges.stopping.set()
    await asyncio.wait_for(running, 60)


async def rules(edges: Edges, before: str = "") -> str:
    """The rules version that is shown, once it is another than before."""
    while True:
        samples = [each for family in edges.metrics.build.collect() for each in family.samples]
        shown = [each.labels["rules"] for each in samples]
        if len(shown) == 1 and shown[0] != before:
            return shown[0]
        await asyncio.sleep(0.02)


async def ready(edges: Edges) -> None:
    """Once the services of connections have read their secrets."""
    while not edges.health.ready():
        await asyncio.sleep(0.02)


def write(path: Path, text: str) -> None:
    """As a cluster mounts it: nobody reads half of it."""
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(path)


async def heard_of(heard: Heard, fact: str, times: int = 1) -> None:
    while heard.facts.count(fact) < times:
        await asyncio.sleep(0.02)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "hub.yaml"
    write(file, HUB)
    return file


async def test_file_when_it_changes_is_followed(path: Path) -> None:
    heard = Heard()
    async with hub(path, heard) as edges:
        first = await rules(edges)
        write(path, MORE)
        second = await rules(edges, before=first)
        write(path, HUB)
        assert await rules(edges, before=second) == first
    assert heard.facts.count("settings_changed") == 2


async def test_file_when_it_changes_while_services_stop_is_followed_too(path: Path) -> None:
    heard = Heard({"settings_changed": lambda: write(path, HUB)})
    async with hub(path, heard) as edges:
        first = await rules(edges)
        write(path, MORE)
        while heard.facts.count("settings_changed") < 2:
            await asyncio.sleep(0.02)
        while await rules(edges) != first:
            await asyncio.sleep(0.02)


async def test_secret_when_its_file_changes_is_read_again_and_when_it_is_away_nothing_changes(
    path: Path,
) -> None:
    secret, heard = path.with_name("a.key"), Heard()
    write(path, SECRET)
    write(secret, "0" * 40)
    async with hub(path, heard, "deliver") as edges:
        await ready(edges)
        secret.unlink()
        await heard_of(heard, "settings_refused")
        assert heard.said["settings_refused"].endswith("a.key: no such file")
        write(secret, "1" * 40)
        await heard_of(heard, "settings_changed")
    assert heard.facts.count("settings_changed") == 1


async def test_connection_when_it_comes_with_a_secret_is_one_change(path: Path) -> None:
    heard = Heard()
    write(path.with_name("a.key"), "0" * 40)
    async with hub(path, heard, "deliver") as edges:
        first = await rules(edges)
        write(path, SECRET.replace("provincial/a", "provincial/c"))
        await rules(edges, before=first)
        await asyncio.sleep(2.5)  # two looks
    assert heard.facts.count("settings_changed") == 1


@pytest.mark.parametrize(
    "broken",
    [
        "connections: [",
        HUB + "surprise: 1\n",
        HUB.replace("partitions: 1", "partitions: 2"),
        HUB.replace('"330000"', '"33"'),
    ],
)
async def test_file_when_it_does_not_fit_changes_nothing(path: Path, broken: str) -> None:
    heard = Heard()
    async with hub(path, heard) as edges:
        first = await rules(edges)
        write(path, broken)
        await heard_of(heard, "settings_refused")
        write(path, HUB)
        assert await rules(edges) == first
        assert not edges.stopping.is_set()
    assert heard.facts.count("settings_refused") == 1
