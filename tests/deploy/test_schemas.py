"""Ids for new schemas: only for what changed, the next free one, and never past the gate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from deploy import schemas
from tracehub.avro.catalogue import load


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = shutil.copytree(schemas.HOME, tmp_path / "avro")
    versions = sorted(home.glob("v*"))
    shutil.copytree(versions[-1], home / f"v{len(versions) + 1}")
    monkeypatch.setattr(schemas, "HOME", home)
    return home


def test_ids_when_nothing_changed_are_given_to_nobody(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (home / "catalogue.json").read_text("utf-8")
    assert schemas.main() == 0
    assert capsys.readouterr().out == ""
    assert (home / "catalogue.json").read_text("utf-8") == before


def test_id_when_one_subject_changed_is_the_next_of_its_kind(home: Path) -> None:
    known = {each.wire_id for each in load(home)}
    newest = max(home.glob("v*"))
    receipt = json.loads((newest / "receipt.avsc").read_text("utf-8"))
    receipt["fields"].append({"name": "note", "type": "string", "default": "", "doc": "n"})
    (newest / "receipt.avsc").write_text(json.dumps(receipt), "utf-8")
    assert schemas.main() == 0
    (new,) = [each for each in load(home) if each.wire_id not in known]
    assert (new.subject, new.version) == ("receipt-value", int(newest.name[1:]))
    assert new.wire_id == max(known) + 1


def test_ids_when_the_gate_refuses_a_schema_are_given_to_none(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (home / "catalogue.json").read_text("utf-8")
    newest = max(home.glob("v*"))
    receipt = (newest / "receipt.avsc").read_text("utf-8")
    (newest / "receipt.avsc").write_text(receipt.replace('"attempts"', '"tries"'), "utf-8")
    assert schemas.main() == 1
    assert "receipt-value v2 can't read v1" in capsys.readouterr().out
    assert (home / "catalogue.json").read_text("utf-8") == before
