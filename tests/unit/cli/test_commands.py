"""Every command on the embedded log: what it prints, as JSON too, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tracehub.cli.main import app

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
FIRST, BROKEN = str(EXAMPLES / "first-event.json"), str(EXAMPLES / "broken-event.json")
HUB = """
bus: {engine: sqlite, path: hub.db, partitions: 2}
connections:
  provincial/zhejiang: {tier: province, region: "330000", direction: in, categories: [food]}
  provincial/guangdong: {tier: province, region: "440000", categories: [food]}
"""


@pytest.fixture
def hub(tmp_path: Path) -> str:
    path = tmp_path / "hub.yaml"
    path.write_text(HUB, "utf-8")
    return str(path)


def tracehub(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def fed(hub: str, path: str) -> Result:
    chosen = ("--category", "food", "--connection", "provincial/zhejiang", "-c", hub)
    return tracehub("feed", path, *chosen)


def test_normalise_when_all_is_good_gives_one_line_per_event_and_ends_with_0() -> None:
    result = tracehub("normalise", FIRST, "--json")
    assert result.exit_code == 0
    (line,) = lines(result)
    assert set(line) == {"file", "index", "event_id", "verdict", "reasons"}
    assert (line["file"], line["index"], line["verdict"]) == (FIRST, 0, "accept")


def test_normalise_when_asked_in_chinese_tells_reasons_so_with_value_and_source() -> None:
    result = tracehub("normalise", BROKEN, "--lang", "zh")
    assert result.exit_code == 1
    assert "epcis/action-unknown" in result.stdout
    assert "action 不是 ADD、OBSERVE 或 DELETE" in result.stdout
    assert "[GS1 EPCIS 2.0 section 7.3, action]" in result.stdout
    (line,) = lines(tracehub("normalise", BROKEN, "--json"))
    first = line["reasons"][0]
    assert set(first) == {"rule", "path", "text", "text_zh", "value", "severity", "source"}
    assert (first["severity"], bool(first["value"])) == ("fault", True)


def test_normalise_when_an_event_is_refused_names_the_rules_and_ends_with_1() -> None:
    result = tracehub("normalise", FIRST, BROKEN, "--json")
    assert result.exit_code == 1
    good, bad = lines(result)
    assert (good["verdict"], bad["verdict"]) == ("accept", "quarantine")
    assert [reason["rule"] for reason in bad["reasons"]] == [
        "epcis/action-unknown",
        "uscc/check-char",
    ]
    assert bad["reasons"][0]["path"] == "$.epcisBody.eventList[0].action"
    assert bad["reasons"][0]["text"]


def test_normalise_when_a_document_is_unreadable_is_one_line_without_index(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'{"type": ')
    (line,) = lines(tracehub("normalise", str(path), "--json"))
    assert line["index"] is None
    assert line["reasons"][0]["rule"] == "json/syntax"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("normalise", FIRST, "--category", "cars"), "--category cars"),
        (("normalise", FIRST, "--connection", "a/b"), "--connection a/b"),
        (("check", "-c", "nowhere.yaml"), "nowhere.yaml"),
        (("run", "cooking", "-c", "nowhere.yaml"), "no service 'cooking'"),
    ],
)
def test_command_when_misused_says_what_and_ends_with_2(
    arguments: tuple[str, ...], text: str
) -> None:
    result = tracehub(*arguments)
    assert result.exit_code == 2
    assert text in result.stderr
    assert "Traceback" not in result.output


def test_check_when_the_settings_are_wrong_names_the_place(tmp_path: Path) -> None:
    path = tmp_path / "hub.yaml"
    path.write_text("connections:\n  a/b: {tear: city}\n", "utf-8")
    result = tracehub("check", "-c", str(path))
    assert result.exit_code == 2
    assert f"{path}:2:9 connections.a/b.tear: unknown key; did you mean 'tier'?" in result.stderr


def test_check_when_good_counts_what_there_is(hub: str) -> None:
    (found,) = lines(tracehub("check", "-c", hub, "--json"))
    assert found["connections"] == 2
    assert len(found["rules_version"]) == 8


def test_check_when_given_the_shipped_example_finds_it_good() -> None:
    assert tracehub("check", "-c", str(ROOT / "deploy" / "hub.example.yaml")).exit_code == 0


def test_explain_when_asked_names_routes_and_with_all_the_rest(hub: str) -> None:
    chosen = ("explain", FIRST, "--connection", "provincial/zhejiang", "-c", hub)
    (found,) = lines(tracehub(*chosen, "--json"))
    assert found["routes"] == [{"connection": "provincial/guangdong", "rule": "down/province"}]
    (full,) = lines(tracehub(*chosen, "--json", "--all"))
    assert len(full["rules"]) > len(found["rules"])
    assert "-> provincial/guangdong  by down/province" in tracehub(*chosen).stdout


def test_topics_when_listed_or_created_are_those_of_the_connections(hub: str) -> None:
    names = [row["name"] for row in lines(tracehub("topics", "-c", hub, "--json"))]
    assert "raw.food.provincial.zhejiang" in names
    assert "deliver.provincial.guangdong" in names
    assert "deliver.provincial.zhejiang" not in names
    assert tracehub("topics", "--create", "-c", hub).exit_code == 0


def test_connections_when_listed_show_what_each_may_see(hub: str) -> None:
    rows = lines(tracehub("connections", "-c", hub, "--json"))
    assert [row["connection"] for row in rows] == ["provincial/guangdong", "provincial/zhejiang"]
    assert rows[0]["disclosure"] == "public"


def test_feed_when_a_file_is_too_large_publishes_the_rest_and_ends_with_1(
    hub: str, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "good.json").write_bytes(Path(FIRST).read_bytes())
    (folder / "large.json").write_bytes(b" " * (10 * 1024 * 1024))
    chosen = ("--category", "food", "--connection", "provincial/zhejiang", "-c", hub)
    result = tracehub("feed", str(folder), *chosen, "--json")
    assert result.exit_code == 1
    (summary,) = lines(result)
    assert summary["published"] == 1
    assert summary["refused"][0]["code"] == "bus/too-large"


def test_feed_when_the_connection_does_not_publish_the_category_ends_with_2(hub: str) -> None:
    result = tracehub(
        "feed", FIRST, "--category", "drug", "--connection", "provincial/zhejiang", "-c", hub
    )
    assert result.exit_code == 2


def test_dead_letters_when_there_are_none_say_so(hub: str) -> None:
    assert fed(hub, FIRST).exit_code == 0
    assert "Dead letters: none" in tracehub("dead-letters", "list", "-c", hub).stdout
    assert tracehub("dead-letters", "show", "abc", "-c", hub).exit_code == 1
    assert tracehub("dead-letters", "replay", "-c", hub).exit_code == 1


def test_receipts_when_nothing_was_delivered_end_with_1(hub: str) -> None:
    assert fed(hub, FIRST).exit_code == 0
    assert tracehub("receipts", "urn:uuid:none", "-c", hub).exit_code == 1


def test_kafka_when_nobody_answers_ends_with_3(tmp_path: Path) -> None:
    path = tmp_path / "hub.yaml"
    path.write_text("bus: {engine: kafka, servers: ['127.0.0.1:9']}\n", "utf-8")
    result = tracehub("topics", "--create", "-c", str(path))
    assert result.exit_code == 3
    assert "Traceback" not in result.output


def test_demo_when_it_ends_adds_up_in_its_last_line() -> None:
    result = tracehub("demo", "--events", "150", "--seed", "3", "--json")
    assert result.exit_code == 0, result.output
    summary = lines(result)[-1]
    assert {
        "published",
        "canonical",
        "dead_lettered",
        "deliveries",
        "expected_deliveries",
        "lost",
        "duplicate_effects",
        "wall_s",
    } <= set(summary)
    assert summary["published"] == summary["canonical"] + summary["dead_lettered"]
    assert sum(summary["deliveries"].values()) == summary["expected_deliveries"]
    assert (summary["lost"], summary["duplicate_effects"]) == (0, 0)


def test_hash_when_asked_prints_one_id_per_event_and_the_text_behind_it() -> None:
    result = tracehub("hash", FIRST, "--text", "--json")
    assert result.exit_code == 0
    (line,) = lines(result)
    assert line["hash"].startswith("ni:///sha-256;")
    assert line["text"].startswith("eventType=ObjectEvent")
    assert tracehub("hash", FIRST).stdout.strip() == line["hash"]
    assert tracehub("hash", FIRST, "--algorithm", "sm3").stdout.startswith("ni:///sm3;")


def test_hash_when_a_file_is_no_document_says_which_and_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{", "utf-8")
    result = tracehub("hash", str(path))
    assert result.exit_code == 2
    assert str(path) in result.stderr.replace("\n", "")
