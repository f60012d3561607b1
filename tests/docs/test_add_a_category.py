"""The page about a new category runs as it is printed, in a copy of the checkout."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_readme import ROOT, Shell, type_in

PAGE = "docs/add-a-category.md"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """In a checkout of the tester's own, whose code is the one that runs."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    shell = Shell(tmp_path)
    shell.run("export PYTHONPATH=$PWD/src")
    yield shell
    shell.close()


def test_page_when_typed_in_adds_products_and_a_category(shell: Shell) -> None:
    assert type_in(shell, PAGE) >= 20
