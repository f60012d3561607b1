"""What is shipped: licences, the bill of materials, the changelog, and the wheel itself."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from deploy import changelog, licences
from tests.conftest import LeaveOut
from tests.deploy.conftest import ROOT

CONNECTORS = [f"tracehub-{each.name}" for each in sorted((ROOT / "connectors").iterdir())]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VERSION = PROJECT["version"]


def test_licences_when_the_hub_runs_bind_nobody() -> None:
    extras = PROJECT["optional-dependencies"]
    hub = f"tracehub[{','.join(extras)}]"
    found = licences.needed([hub, *CONNECTORS], licences.installed())
    assert {"aiokafka", "fastavro", "starlette", "orjson"} <= found.keys()
    optional = {Requirement(each).name for held in extras.values() for each in held}
    assert optional - {"tracehub-compiled"} <= found.keys()
    assert "pytest" not in found
    assert licences.refused(found) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("License-Expression: AGPL-3.0-only", "AGPL"),
        ("License: GNU General Public License v3", "General Public"),
        ("Classifier: License :: OSI Approved :: GNU General Public License v2 (GPLv2)", "GPLv2"),
        ("Summary: tells nothing", "says no licence"),
    ],
)
def test_licence_when_denied_or_absent_is_named(tmp_path: Path, line: str, told: str) -> None:
    for name, text in (("hub", "License: MIT\nRequires-Dist: bad"), ("bad", line)):
        folder = tmp_path / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1\n{text}")
    found = licences.needed(["hub"], licences.installed([str(tmp_path)]))
    (refused,) = licences.refused(found)
    assert refused.startswith("bad: ")
    assert told in refused


def test_licence_when_lesser_is_allowed() -> None:
    assert not licences.DENIED.search("LGPL-2.1-or-later")
    assert not licences.DENIED.search("GNU Lesser General Public License v3")


def test_bill_of_materials_when_made_names_what_runs_with_hashes(
    tmp_path: Path, leave_out: LeaveOut
) -> None:
    uv = shutil.which("uv") or shutil.which(ROOT / ".uv" / "bin" / "uv")
    if uv is None:
        leave_out("uv: it makes the bill of materials")
    path = tmp_path / "sbom.json"
    subprocess.run(["make", "-s", "sbom", f"SBOM={path}"], cwd=ROOT, check=True)
    bill = json.loads(path.read_text("utf-8"))
    named = {each["name"] for each in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    (fastavro,) = (each for each in bill["components"] if each["name"] == "fastavro")
    assert '"SHA-256"' in json.dumps(fastavro)
    assert set(licences.needed(["tracehub", *CONNECTORS], licences.installed())) <= {
        "tracehub",
        *named,
    }
    assert not {"pytest", "mypy", "helm-python-sdk"} & named


def test_chart_when_released_names_the_same_version() -> None:
    chart = yaml.safe_load((ROOT / "deploy/helm/tracehub/Chart.yaml").read_text("utf-8"))
    assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)


def test_changelog_when_released_holds_every_fragment_once(tmp_path: Path) -> None:
    folder = tmp_path / "changelog.d"
    folder.mkdir()
    (folder / "one.fixed.md").write_text("A leak\nis mended.\n")
    changelog.release(tmp_path, "0.1.0", "2026-11-01")
    (folder / "two.added.md").write_text("A door.\n")
    (folder / "six.fixed.md").write_text("A lock.\n")
    changelog.release(tmp_path, "0.2.0", "2026-12-01")
    assert (tmp_path / "CHANGELOG.md").read_text() == (
        "# Changes\n\n"
        "## 0.2.0 (2026-12-01)\n\n### Added\n\n- A door.\n\n### Fixed\n\n- A lock.\n\n"
        "## 0.1.0 (2026-11-01)\n\n### Fixed\n\n- A leak is mended.\n"
    )
    assert list(folder.iterdir()) == []


def test_changelog_when_a_fragment_has_no_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d" / "thing.md").write_text("What?")
    with pytest.raises(ValueError, match=r"thing\.md"):
        changelog.release(tmp_path, "0.1.0", "2026-11-01")


def test_fragments_when_committed_can_be_released() -> None:
    text = changelog.section(sorted((ROOT / "changelog.d").glob("*.md")), "0.0.0", "2026-01-01")
    assert "### Added" in text


def wheel(folder: Path) -> Path:
    """The hub's wheel, built from the checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(
        command,
        cwd=ROOT,
        check=True,
        capture_output=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1577836800"},
    )
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel(tmp_path_factory.mktemp("wheel"))


def test_wheel_when_built_twice_has_the_same_bytes(built: Path, tmp_path: Path) -> None:
    digests = {hashlib.sha256(each.read_bytes()).hexdigest() for each in (built, wheel(tmp_path))}
    assert len(digests) == 1


def test_wheel_when_installed_runs_without_the_checkout(built: Path, tmp_path: Path) -> None:
    home = tmp_path / "fresh"
    venv.create(home, with_pip=True, symlinks=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", str(built)], check=True)
    places = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    # What it depends on comes from here; links to the checkout, in files of their own, do not.
    packages = Path(places["purelib"])
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    config = tmp_path / "hub.yaml"
    config.write_text("connections: {third-party/a: {direction: in, categories: [food]}}\n")

    def told(*command: str) -> str:
        done = subprocess.run(
            [home / "bin" / "tracehub", *command],
            capture_output=True,
            check=False,
            text=True,
            cwd=tmp_path,
            env={"PATH": "/nowhere"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert told("--version") == f"tracehub {VERSION}\n"
    assert json.loads(told("check", "--json"))["connections"] == 1
    where = [str(home / "bin" / "python"), "-c", "import tracehub; print(tracehub.__file__)"]
    found = subprocess.run(where, capture_output=True, check=True, text=True, cwd=tmp_path)
    assert Path(found.stdout.strip()).is_relative_to(packages)
