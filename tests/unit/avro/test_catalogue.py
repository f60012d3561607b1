from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tracehub.avro import catalogue
from tracehub.avro.catalogue import Schema, bundled, event_subject, fingerprint, load, resolve
from tracehub.avro.compatible import refusals
from tracehub.errors import ConfigError
from tracehub.model.event import CATEGORIES

ROOT = Path(__file__).parents[3]
HOME = ROOT / "schemas" / "avro"
LISTED = json.loads((HOME / "catalogue.json").read_text("utf-8"))["schemas"]

FROZEN = {
    "event.agri-food-value": 1001,
    "event.food-value": 1002,
    "event.drug-value": 1003,
    "event.agri-input-value": 1004,
    "event.special-equipment-value": 1005,
    "event.hazardous-value": 1006,
    "event.rare-earth-value": 1007,
    "event.maternal-child-value": 1008,
    "event.building-material-value": 1009,
    "event.appliance-auto-value": 1010,
    "event.local-specialty-value": 1011,
    "dead-letter-value": 1101,
    "receipt-value": 1102,
}
"""Ids of the first versions, as they were given out: none may ever change."""

SHOW = """
import json, tracehub.avro.catalogue as c
print(json.dumps([str(c._home()), sorted(each.wire_id for each in c.bundled())]))
"""


def named_types(node: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Every type written out with a namespace of its own: those that subjects share."""
    if isinstance(node, list):
        for each in node:
            named_types(each, found)
    elif isinstance(node, dict):
        if "namespace" in node:
            found[f"{node['namespace']}.{node['name']}"] = node
        for key in ("type", "items", "fields"):
            if key in node:
                named_types(node[key], found)
    return found


def test_ids_when_published_never_change() -> None:
    first = {entry["subject"]: entry["id"] for entry in LISTED if entry["version"] == 1}
    assert first == FROZEN


def test_ids_when_listed_are_unique() -> None:
    ids = [entry["id"] for entry in LISTED]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["subject"])
def test_schema_when_published_keeps_its_fingerprint(entry: dict[str, Any]) -> None:
    text = resolve(HOME, entry["subject"], entry["version"])
    assert fingerprint(text) == entry["fingerprint"]


def test_catalogue_when_loaded_has_a_subject_for_every_category() -> None:
    subjects = {schema.subject for schema in bundled()}
    assert subjects == {*map(event_subject, CATEGORIES), "dead-letter-value", "receipt-value"}
    assert all(bundled().newest(event_subject(each)).head is not None for each in CATEGORIES)


def test_versions_when_published_can_each_replace_all_before() -> None:
    by_subject: dict[str, list[Schema]] = {}
    for schema in sorted(bundled(), key=lambda each: each.version):
        before = by_subject.setdefault(schema.subject, [])
        assert refusals(schema, before) == ()
        before.append(schema)


def test_shared_types_when_used_by_several_subjects_are_identical() -> None:
    owner: dict[str, tuple[str, str]] = {}
    events = [bundled().newest(event_subject(each)) for each in CATEGORIES]
    for schema in events:
        for name, node in named_types(schema.text, {}).items():
            text = json.dumps(node, sort_keys=True)
            subject, known = owner.setdefault(name, (schema.subject, text))
            assert known == text, f"{name} differs between {subject} and {schema.subject}"
    assert {"tracehub.Header", "tracehub.PublicBody", "tracehub.Extension"} <= owner.keys()


def test_catalogue_when_a_published_file_was_changed_names_it(tmp_path: Path) -> None:
    shutil.copytree(HOME, tmp_path / "avro")
    changed = tmp_path / "avro" / "v1" / "receipt.avsc"
    changed.write_text(changed.read_text("utf-8").replace('"attempts"', '"tries"'), "utf-8")
    with pytest.raises(ConfigError, match="receipt-value is not what was published under id 1102"):
        load(tmp_path / "avro")


def test_catalogue_when_asked_for_an_unknown_subject_lists_the_known() -> None:
    with pytest.raises(ConfigError, match=r"no Avro subject 'event\.toys-value'; known: dead-let"):
        bundled().newest("event.toys-value")


def test_catalogue_when_a_subject_has_versions_writes_the_newest() -> None:
    first = bundled().newest("receipt-value")
    second = first._replace(version=2, wire_id=2102)
    both = catalogue.Catalogue((second, first))
    assert both.newest("receipt-value") is second
    assert both.by_id(first.wire_id) is first
    assert both.by_id(1) is None


def test_catalogue_when_ids_are_translated_keeps_its_schemas() -> None:
    other = bundled().with_ids({schema.wire_id: -schema.wire_id for schema in bundled()})
    assert [each.wire_id for each in other] == [-each.wire_id for each in bundled()]
    assert [each.fingerprint for each in other] == [each.fingerprint for each in bundled()]


def test_schemas_when_nowhere_ask_for_a_new_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "__file__", "/nowhere/src/tracehub/avro/catalogue.py")
    with pytest.raises(ConfigError, match="install tracehub again"):
        catalogue._home()


def test_schemas_when_tracehub_is_editable_come_from_the_source_tree() -> None:
    assert Path(str(catalogue._home())).resolve() == HOME


@pytest.mark.parametrize("form", ["wheel", "sdist"])
def test_schemas_when_tracehub_is_built_are_found_in_the_copy(form: str, tmp_path: Path) -> None:
    wheel = _build(ROOT, tmp_path) if form == "wheel" else _build(_unpacked(tmp_path), tmp_path)
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    # Isolated from the editable installation, but not from tracehub's dependencies.
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(target)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    home, ids = json.loads(shown.stdout)
    assert Path(home) == target / "tracehub" / "schemas" / "avro"
    assert ids == sorted(entry["id"] for entry in LISTED)


def _build(source: Path, folder: Path, form: str = "wheel") -> Path:
    """Build with the backend itself: nothing is fetched."""
    build = f"import hatchling.build as b; print(b.build_{form}({str(folder)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=True
    )
    return folder / done.stdout.splitlines()[-1]


def _unpacked(folder: Path) -> Path:
    sdist = _build(ROOT, folder, "sdist")
    shutil.unpack_archive(sdist, folder, filter="data")
    return folder / sdist.name.removesuffix(".tar.gz")
