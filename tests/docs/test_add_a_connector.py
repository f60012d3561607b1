"""The tutorial runs as it is printed, and its own code has less than 100 lines."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_readme import BLOCK, Shell, fits

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/add-a-connector.md").read_text("utf-8")
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
INSTALL = "pip install ./weighbridge"
OWN = 100
STEP = re.compile(f"(?:{FILE.pattern})|(?:{BLOCK.pattern})", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    shell.run("export PYTHONPATH=$PWD/installed")
    shell.run(f'pytest() {{ {sys.executable} -m pytest "$@"; }}')
    yield shell
    shell.close()


def install(folder: Path) -> None:
    """What `pip install ./weighbridge` does, into a folder of the test's own and offline."""
    shutil.rmtree(folder / "installed", ignore_errors=True)
    package = folder / "weighbridge"
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    shutil.unpack_archive(wheel, folder / "installed", "zip")
    wheel.unlink()


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Every command of a block, with the output that the page shows for it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown.strip()


@pytest.mark.timeout(600)  # two runs of a contract and five commands, on a machine that is busy
def test_tutorial_when_followed_makes_a_connector_that_passes_the_contract(
    shell: Shell, tmp_path: Path
) -> None:
    ran = 0
    for step in STEP.finditer(PAGE):
        path, text, kind, block = step.groups()
        if path:
            (tmp_path / path).write_text(text, "utf-8")
        elif kind == "sh":
            shell.run(block.strip())
        else:
            for command, shown in commands(block):
                if command == INSTALL:
                    install(tmp_path)
                    continue
                printed = shell.run(command)
                assert fits(shown, printed), f"$ {command}\n{printed}\n-- page --\n{shown}"
                ran += 1
    assert ran >= 6


def test_tutorial_when_counted_has_less_than_a_hundred_lines_of_ones_own() -> None:
    written = [text for path, text in FILE.findall(PAGE) if path.startswith("weighbridge/")]
    lines = [line for text in written for line in text.splitlines() if line.strip()]
    assert 0 < len(lines) < OWN
