"""A refused event is found, shown and put back; a dry run changes nothing."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

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
    async with open_bus(settings, edges.clock) as bus, asyncio.timeout(60):
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
    assert shown["first_at"] == shown["last_at"]
    assert (shown["attempts"], shown["headers_base64"]) == (1, {})
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


@pytest.mark.parametrize(
    ("option", "fits"),
    [
        (("--since", "2026-01-01T00:00+08:00"), True),
        (("--until", "2026-01-01T00:00+08:00"), False),
        (("--since", "2999-01-01T00:00Z"), False),
    ],
)
def test_dead_letters_when_filtered_by_time_are_those_that_failed_then(
    hub: str, option: tuple[str, str], fits: bool
) -> None:
    found = tracehub("dead-letters", "list", *option, "-c", hub, "--json").stdout
    assert bool(found) == fits


@pytest.mark.parametrize("text", ["yesterday", "2026-01-01T00:00"])
def test_time_when_without_zone_is_refused(hub: str, text: str) -> None:
    result = tracehub("dead-letters", "list", "--since", text, "-c", hub)
    assert result.exit_code == 2
    assert "with its zone" in result.stderr


def replay(hub: str, *options: str) -> dict[str, Any]:
    result = tracehub("dead-letters", "replay", "--code", "epcis/*", *options, "-c", hub, "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_replay_when_dry_changes_nothing_and_its_number_carries_it_out(hub: str) -> None:
    settings = load_settings(Path(hub))
    dry = replay(hub)
    assert (dry["chosen"], dry["asked"]) == (1, False)
    assert tracehub("dead-letters", "audit", "-c", hub, "--json").stdout == ""
    assert replay(hub) == dry
    assert asyncio.run(judged(settings, 1)) == (1,)
    done = replay(hub, "--plan", dry["plan"], "--by", "li.wei")
    assert (done["chosen"], done["asked"]) == (1, True)
    (row,) = rows("audit", hub)
    assert (row["by"], row["plan"], row["letter"]) == ("li.wei", dry["plan"], dry["ids"][0])
    # It was judged again where it had lain, and failed again: one letter, tried twice.
    assert asyncio.run(judged(settings, 2)) == (1,)
    (again,) = rows("list", hub)
    assert (again["id"], again["attempts"]) == (dry["ids"][0], 2)
    assert again["position"] == f"{RAW}/0/0"
    assert again["asked_by"] == ""


def test_replay_when_asked_for_already_is_not_chosen_again(hub: str) -> None:
    plan = replay(hub)["plan"]
    assert replay(hub, "--plan", plan)["asked"]
    second = tracehub("dead-letters", "replay", "--code", "epcis/*", "--plan", plan, "-c", hub)
    assert second.exit_code == 2
    assert "another plan" in second.stderr
    assert replay(hub)["chosen"] == 0
    (row,) = rows("list", hub)
    assert row["asked_by"]


def test_replay_when_the_choice_has_changed_since_the_dry_run_is_refused(hub: str) -> None:
    result = tracehub("dead-letters", "replay", "--plan", "00000000", "-c", hub)
    assert result.exit_code == 2
    assert "1 dead letters fit now" in result.stderr


def rows(command: str, hub: str) -> list[dict[str, Any]]:
    printed = tracehub("dead-letters", command, "-c", hub, "--json").stdout
    return [json.loads(line) for line in printed.splitlines()]
