"""`tracehub convert`: what it writes, and what it will not."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from tracehub.cli.main import app

ROOT = Path(__file__).parents[3]
FIRST = str(ROOT / "docs/examples/first-event.json")
BROKEN = str(ROOT / "docs/examples/broken-event.json")
VIEWS = ROOT / "tests/contract/shipped/meat-vegetable.xml"


def convert(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["convert", *arguments])


def test_document_when_converted_to_xml_and_back_names_the_same_event(tmp_path: Path) -> None:
    result = convert(FIRST, "--to", "epcis-xml")
    assert result.exit_code == 0, result.output
    there = tmp_path / "there.xml"
    there.write_bytes(result.stdout_bytes)
    back = json.loads(convert(str(there), "--to", "epcis-json").stdout)
    first = json.loads(Path(FIRST).read_text("utf-8"))["epcisBody"]["eventList"][0]
    (again,) = back["epcisBody"]["eventList"]
    assert {key: again[key] for key in first} == first


def test_document_of_another_system_when_converted_there_and_back_is_the_same(
    tmp_path: Path,
) -> None:
    given = ("--from", "meat-vegetable", "--category", "agri-food")
    result = convert(str(VIEWS), *given, "--to", "epcis-json")
    there = tmp_path / "there.json"
    there.write_bytes(result.stdout_bytes)
    back = tmp_path / "back"
    to = ("--category", "agri-food", "--to", "meat-vegetable", "--out", str(back))
    assert convert(str(there), *to).exit_code == 0
    again = convert(str(back / "there.xml"), *given, "--to", "epcis-json")
    events = [json.loads(each.stdout)["epcisBody"] for each in (result, again)]
    assert events[0] == events[1]


def test_document_when_converted_to_canonical_is_bytes_that_convert_takes(tmp_path: Path) -> None:
    assert convert(FIRST, "--to", "canonical", "--out", str(tmp_path)).exit_code == 0
    result = convert(str(tmp_path / "first-event.avro"), "--to", "epcis-json")
    assert json.loads(result.stdout)["type"] == "EPCISDocument"


def test_document_when_an_event_is_refused_ends_with_1_and_names_the_rule() -> None:
    result = convert(BROKEN, "--to", "epcis-json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "epcis/action-unknown" in result.stderr


def test_format_when_there_is_none_ends_with_2_and_lists_them() -> None:
    result = convert(FIRST, "--to", "edifact")
    assert result.exit_code == 2
    assert "epcis-json" in result.stderr
    assert "meat-vegetable" in result.stderr


def test_documents_when_there_are_several_need_a_folder() -> None:
    given = ("--from", "meat-vegetable", "--category", "agri-food")
    result = convert(str(VIEWS), *given, "--to", "canonical")
    assert result.exit_code == 1
    assert "--out" in result.stdout
