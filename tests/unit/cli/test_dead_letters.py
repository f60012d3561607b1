"""A refused event is found, shown and put back; a dry run changes nothing."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tracehub.app import Edges, open_bus, run
from tracehub.bus import topics
from tracehub.cli.main import app
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent

BROKEN = Path(__file__).parents[3] / "docs" / "examples" / "broken-event.json"
HUB = """
bus: {engine: sqlite, path: hub.db, partitions: 1}
connections:
  provincial/zhejiang: {tier: province, region: "330000", direction: in, categories: [food]}
"""
RAW = topics.raw("food", "provincial/zhejiang")
LETTERS = topics.dead_letter("provincial/zhejiang")


def tracehub(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


async def judged(settings: Settings, letters: int) -> tuple[int, ...]:
    """Run the exchange until so many dead letters lie there; the raw topic's ends."""
    edges = Edges(silent())
    working = asyncio.create_task(run(settings, ["exchange"], edges))
    async with open_bus(settings, edges.clock) as bus, asyncio.timeout(20):
        while sum(await bus.ends(LETTERS)) < letters:
            await asyncio.sleep(0.02)
        edges.stopping.set()
        await working
        return await bus.ends(RAW)


@pytest.fixture
def hub(tmp_path: Path) -> str:
    path = tmp_path / "hub.yaml"
    path.write_text(HUB, "utf-8")
    chosen = ("--category", "food", "--connection", "provincial/zhejiang", "-c", str(path))
    assert tracehub("feed", str(BROKEN), *chosen).exit_code == 0
    asyncio.run(judged(load_settings(path), 1))
    return str(path)


def test_dead_letter_when_listed_and_shown_has_reasons_and_original_bytes(hub: str) -> None:
    (row,) = map(
        json.loads, tracehub("dead-letters", "list", "-c", hub, "--json").stdout.split("\n")[:-1]
    )
    assert row["code"] == "epcis/action-unknown"
    assert row["position"] == f"{RAW}/0/0"
    shown = json.loads(tracehub("dead-letters", "show", row["id"][:8], "-c", hub, "--json").stdout)
    assert base64.b64decode(shown["value_base64"]) == BROKEN.read_bytes()
    assert [each["rule"] for each in shown["reasons"]] == [
        "epcis/action-unknown",
        "uscc/check-char",
    ]
    assert shown["reasons"][0]["text_zh"]
    text = tracehub("dead-letters", "show", row["id"], "-c", hub).stdout
    assert "OBSERVED" in text


@pytest.mark.parametrize("chosen", [("--code", "avro/*"), ("--stage", "deliver")])
def test_dead_letters_when_the_filter_fits_none_are_none(hub: str, chosen: tuple[str, str]) -> None:
    assert tracehub("dead-letters", "list", *chosen, "-c", hub, "--json").stdout == ""


def test_replay_when_dry_changes_nothing_and_then_puts_the_record_back(hub: str) -> None:
    settings = load_settings(Path(hub))
    dry = tracehub("dead-letters", "replay", "--code", "epcis/*", "--dry-run", "-c", hub, "--json")
    assert json.loads(dry.stdout)["put_back"] == 1
    assert asyncio.run(judged(settings, 1)) == (1,)
    real = tracehub("dead-letters", "replay", "--code", "epcis/*", "-c", hub, "--json")
    assert json.loads(real.stdout)["put_back"] == 1
    assert asyncio.run(judged(settings, 2)) == (2,)
