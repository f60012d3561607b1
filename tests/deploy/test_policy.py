"""Scanners over manifests and the Containerfile; each is shown to see a fault."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import LeaveOut
from tests.deploy.conftest import CASES, ROOT, render, values_of

CHECKOV = "checkov==3.3.30"
"""In an environment of its own: its pins don't go with ours."""
SLOW = 300
"""Seconds that it may take to start on a machine that does other things too."""
OPERATORS_CHOICE = {
    "CKV_K8S_15": "image.pullPolicy: Always would keep a hub from starting without its registry",
    "CKV_K8S_43": "image.digest: a digest is known once the operator has built the image",
    "CKV_K8S_35": "gateway.principalsSecret holds digests of keys, which are part of the settings",
    "CKV_DOCKER_7": "the digest of the Python image is given with --build-arg",
}


@pytest.fixture(scope="session")
def uv(uv: str, leave_out: LeaveOut) -> str:
    """uv, with checkov at hand."""
    ready = subprocess.run(checkov(uv, "python", "-c", ""), capture_output=True, check=False)
    if ready.returncode:
        leave_out("checkov: it can't be installed here")
    return uv


def checkov(uv: str, *command: str) -> list[str]:
    """A command in the environment of checkov, made when there is none."""
    run = [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", CHECKOV]
    return [*run, *command]


@pytest.fixture(scope="module")
def report(uv: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One scan, for it takes its time: of all cases, and of one with a fault of each kind."""
    folder = tmp_path_factory.mktemp("policy")
    for name in ("good", "broken"):
        (folder / name).mkdir()
    for case in CASES:
        manifests = render(values_of(case.stem.removesuffix("-values")))
        (folder / "good" / f"{case.stem}.yaml").write_text(yaml.safe_dump_all(manifests))
    shutil.copy(ROOT / "Containerfile", folder / "good" / "Dockerfile")
    text = yaml.safe_dump_all(render(values_of("one-province"))).replace(
        "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"
    )
    (folder / "broken" / "one-province.yaml").write_text(text)
    image = (ROOT / "Containerfile").read_text().replace("USER 65532:65532", "USER root")
    (folder / "broken" / "Dockerfile").write_text(image)
    return scan(uv, folder)


def scan(uv: str, folder: Path) -> dict[str, Any]:
    """How many checks passed, and which failed, by the folder that they looked into."""
    arguments = ["--directory", str(folder), "--compact", "--quiet", "--output", "json"]
    frameworks = ["--framework", "kubernetes", "dockerfile"]
    skipped = ["--skip-check", ",".join(OPERATORS_CHOICE)]
    done = subprocess.run(
        checkov(uv, "checkov", *arguments, *frameworks, *skipped),
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "LOG_LEVEL": "CRITICAL"},
        cwd=folder,
    )
    reports: list[Any] = json.loads(done.stdout)
    found: dict[str, Any] = {"good": set(), "broken": set()}
    for each in (failed for report in reports for failed in report["results"]["failed_checks"]):
        told = f"{each['check_id']} {each['check_name']} {each['resource']}"
        found[each["file_path"].split("/")[1]].add(told)
    return {**found, "passed": sum(report["summary"]["passed"] for report in reports)}


@pytest.mark.timeout(SLOW)
def test_manifests_and_image_when_scanned_keep_the_policy(report: dict[str, Any]) -> None:
    assert report["good"] == set()
    assert report["passed"] > 500


@pytest.mark.timeout(SLOW)
def test_manifest_and_image_when_they_break_the_policy_are_named(report: dict[str, Any]) -> None:
    assert {each.split()[0] for each in report["broken"]} == {"CKV_K8S_22", "CKV_DOCKER_8"}


def hadolint(path: Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--no-color", path],
        capture_output=True,
        check=False,
        text=True,
    )
    return done.stdout


def test_containerfile_when_linted_is_clean_and_a_fault_is_named(tmp_path: Path) -> None:
    assert hadolint(ROOT / "Containerfile") == ""
    broken = tmp_path / "Containerfile"
    broken.write_text((ROOT / "Containerfile").read_text().replace("WORKDIR /tmp", "WORKDIR tmp"))
    assert "DL3000" in hadolint(broken)


def test_containerfile_when_it_copies_something_is_given_it() -> None:
    lines = (ROOT / "Containerfile").read_text().splitlines()
    copied = {
        source
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    given = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines()}
    assert copied - given == set()
    assert all((ROOT / source).exists() for source in copied)
