"""What is shipped: licences, the bill of materials, the changelog, and the wheel itself."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import time
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
import yaml
from packaging.requirements import Requirement

from deploy import changelog, licences
from tests.deploy.conftest import ROOT

CONNECTORS = [f"tracehub-{each.name}" for each in sorted((ROOT / "connectors").iterdir())]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VERSION = PROJECT["version"]
SLOW = 300
"""Seconds that a fresh environment may take on a machine that does other things too."""


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


@pytest.mark.usefixtures("uv")
def test_bill_of_materials_when_made_names_what_runs_with_hashes(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    subprocess.run(["make", "-s", "sbom", f"SBOM={path}"], cwd=ROOT, check=True)
    bill = json.loads(path.read_text("utf-8"))
    named = {each["name"] for each in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    (fastavro,) = (each for each in bill["components"] if each["name"] == "fastavro")
    assert '"SHA-256"' in json.dumps(fastavro)
    hub = f"tracehub[{','.join(PROJECT['optional-dependencies'])}]"
    assert set(licences.needed([hub, *CONNECTORS], licences.installed())) <= {"tracehub", *named}
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


def test_wheel_when_built_holds_every_file_of_the_source_and_the_schemas(built: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "src/tracehub", "schemas/avro"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    with zipfile.ZipFile(built) as held:
        names = set(held.namelist())
    wanted = {
        each.replace("schemas/avro", "tracehub/schemas/avro").removeprefix("src/")
        for each in listed
    }
    assert {"tracehub/console/static/htmx.min.js", "tracehub/route/national.yaml"} <= wanted
    assert wanted - names == set()


class Installed(NamedTuple):
    """A fresh environment with the wheel in it, and a folder that is no checkout."""

    home: Path
    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.home / "bin" / "tracehub"), *arguments]

    def told(self, *arguments: str) -> str:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            check=False,
            text=True,
            cwd=self.folder,
            env={"PATH": "/nowhere"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def installed(built: Path, uv: str, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("installed") / "fresh"
    venv.create(home, symlinks=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python")]
    subprocess.run([*install, "--no-deps", "--no-index", str(built)], check=True)
    places = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    # What it depends on comes from here; links to the checkout, in files of their own, do not.
    packages = Path(places["purelib"])
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    where = [str(home / "bin" / "python"), "-c", "import tracehub; print(tracehub.__file__)"]
    found = subprocess.run(where, capture_output=True, check=True, text=True, cwd=home)
    assert Path(found.stdout.strip()).is_relative_to(packages)
    return Installed(home, tmp_path_factory.mktemp("elsewhere"))


@pytest.mark.timeout(SLOW)
def test_wheel_when_installed_runs_without_the_checkout(installed: Installed) -> None:
    (installed.folder / "hub.yaml").write_text(
        "connections: {third-party/a: {direction: in, categories: [food]}}\n"
    )
    assert installed.told("--version") == f"tracehub {VERSION}\n"
    assert json.loads(installed.told("check", "--json"))["connections"] == 1
    installed.told("connector", "new", "warehouse")
    assert (installed.folder / "warehouse" / "pyproject.toml").is_file()


@pytest.mark.timeout(SLOW)
def test_wheel_when_installed_takes_an_event_by_http_and_shows_its_story(
    installed: Installed, tmp_path: Path
) -> None:
    """Gateway, exchange, index with the tables it makes, console with what it serves."""
    place = Installed(installed.home, tmp_path)
    key = hashlib.sha256(b"a").hexdigest()
    (tmp_path / "hub.yaml").write_text(
        "services: {http_port: 0}\n"
        "index: {path: index.db}\n"
        "console: {port: 0}\n"
        "gateway:\n"
        "  port: 0\n"
        f"  principals: {{a: {{connection: third-party/a, api_keys: [{key}]}}}}\n"
        "connections: {third-party/a: {direction: in, categories: [food], region: '330000'}}\n"
    )
    document = (ROOT / "docs" / "examples" / "first-event.json").read_bytes()
    event_id = json.loads(document)["epcisBody"]["eventList"][0]["eventID"]
    with subprocess.Popen(
        place.command("run"), cwd=tmp_path, env={"PATH": "/nowhere"}, stdout=subprocess.PIPE
    ) as hub:
        try:
            gateway, console = doors(hub)
            headers = {"x-api-key": "a", "content-type": "application/json"}
            with httpx2.Client(timeout=30, trust_env=False) as client:
                taken = client.post(f"{gateway}/capture", content=document, headers=headers)
                assert taken.status_code == 202, taken.text
                for asset in ("/static/console.css", "/static/htmx.min.js"):
                    assert client.get(f"{console}{asset}").is_success
                # The page repeats what it was asked for; only a story names the publisher.
                while "third-party/a" not in client.get(f"{console}/story?q={event_id}").text:
                    time.sleep(0.1)
        finally:
            hub.terminate()
            hub.communicate()
    assert hub.returncode == 0


def doors(hub: subprocess.Popen[bytes]) -> tuple[str, str]:
    """The addresses of gateway and console, as a hub says them in its log."""
    found: dict[str, str] = {}
    assert hub.stdout is not None
    while not {"gateway_started", "console_started"} <= found.keys():
        said = json.loads(hub.stdout.readline())
        found[said["event"]] = said.get("url") or f"http://127.0.0.1:{said.get('port')}"
    return found["gateway_started"], found["console_started"]
