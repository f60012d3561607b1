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
OPERATORS_CHOICE = {
    "CKV_K8S_15": "image.pullPolicy: Always would keep a hub from starting without its registry",
    "CKV_K8S_43": "image.digest: a digest is known once the operator has built the image",
    "CKV_DOCKER_7": "the digest of the Python image is given with --build-arg",
}


@pytest.fixture(scope="session")
def uv(leave_out: LeaveOut) -> str:
    """uv, with checkov at hand."""
    found = shutil.which("uv") or shutil.which(ROOT / ".uv" / "bin" / "uv")
    if found is None:
        leave_out("checkov: no uv to run it with")
    ready = subprocess.run(checkov(found, "--version"), capture_output=True, check=False)
    if ready.returncode:
        leave_out("checkov: it can't be installed here")
    return found


def checkov(uv: str, *arguments: str) -> list[str]:
    run = [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", CHECKOV, "checkov"]
    return [*run, *arguments]


def scan(uv: str, folder: Path) -> tuple[int, set[str]]:
    """How many checks passed, and which failed."""
    arguments = ["--directory", str(folder), "--compact", "--quiet", "--output", "json"]
    frameworks = ["--framework", "kubernetes", "dockerfile"]
    skipped = ["--skip-check", ",".join(OPERATORS_CHOICE)]
    done = subprocess.run(
        checkov(uv, *arguments, *frameworks, *skipped),
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "LOG_LEVEL": "CRITICAL"},
        cwd=folder,
    )
    found: Any = json.loads(done.stdout)
    reports = found if isinstance(found, list) else [found]
    failed = {
        f"{each['check_id']} {each['check_name']} {each['resource']}"
        for report in reports
        for each in report["results"]["failed_checks"]
    }
    return sum(report["summary"]["passed"] for report in reports), failed


def test_manifests_and_image_when_scanned_keep_the_policy(uv: str, tmp_path: Path) -> None:
    for case in CASES:
        manifests = render(values_of(case.stem.removesuffix("-values")))
        (tmp_path / f"{case.stem}.yaml").write_text(yaml.safe_dump_all(manifests))
    shutil.copy(ROOT / "Containerfile", tmp_path / "Dockerfile")
    passed, failed = scan(uv, tmp_path)
    assert failed == set()
    assert passed > 500


def test_manifest_and_image_when_they_break_the_policy_are_named(uv: str, tmp_path: Path) -> None:
    manifests = render(values_of("one-province"))
    text = yaml.safe_dump_all(manifests).replace(
        "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"
    )
    (tmp_path / "one-province.yaml").write_text(text)
    image = (ROOT / "Containerfile").read_text().replace("USER 65532:65532", "USER root")
    (tmp_path / "Dockerfile").write_text(image)
    _, failed = scan(uv, tmp_path)
    assert {each.split()[0] for each in failed} == {"CKV_K8S_22", "CKV_DOCKER_8"}


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
