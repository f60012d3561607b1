"""`tracehub connector`: what it refuses; that it works is shown by the tutorial's test."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.rules.layout import connector_files
from tracehub.cli.main import app


def connector(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["connector", *map(str, arguments)])


def test_package_when_made_has_the_fixed_set_of_files(tmp_path: Path) -> None:
    assert connector("new", "weigh-bridge", "--into", tmp_path / "connectors").exit_code == 0
    assert connector_files(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Weigh", "lower-case"),
        ("a--b", "lower-case"),
        ("../x", "lower-case"),
        ("credit", "installed"),
    ],
)
def test_name_when_it_is_none_or_taken_is_refused(tmp_path: Path, name: str, words: str) -> None:
    result = connector("new", name, "--into", tmp_path)
    assert result.exit_code == 2
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_package_when_its_folder_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tax").mkdir()
    assert connector("new", "tax", "--into", tmp_path).exit_code == 2
    assert list((tmp_path / "tax").iterdir()) == []


def test_golden_when_an_example_cannot_be_read_names_field_and_keeps_the_files(
    tmp_path: Path,
) -> None:
    connector("new", "tax", "--into", tmp_path)
    examples = tmp_path / "tax" / "tests" / "examples"
    kept = (examples / "documents.plain.json").read_bytes()
    (examples / "documents.json").write_text('{"records": [{"batch": "A1"}]}', "utf-8")
    result = connector("golden", tmp_path / "tax")
    assert result.exit_code == 2
    assert "documents.json: $.records[0].at" in result.output
    assert (examples / "documents.plain.json").read_bytes() == kept
