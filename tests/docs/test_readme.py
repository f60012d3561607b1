"""What a page tells its reader to type runs, and prints what the page says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LeaveOut

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
END = "-- end of output --"


class Shell:
    """One bash that all blocks of a page run in, as a reader would type them."""

    def __init__(self, folder: Path) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env={**os.environ, "PATH": path, "COLUMNS": "200"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str) -> str:
        """Everything that a command prints."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\necho; echo '{END}'\n")
        self._process.stdin.flush()
        lines = []
        for line in self._process.stdout:
            if line.strip() == END:
                break
            lines.append(line.rstrip())
        return "\n".join(lines).strip()

    def close(self) -> None:
        """End the shell and what it left in the background."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(20)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def commands(page: str) -> Iterator[tuple[str, str | None]]:
    """Every command of a page, with the output that the page shows for it."""
    for kind, text in BLOCK.findall((ROOT / page).read_text("utf-8")):
        if kind == "sh":
            for line in text.splitlines():
                if not line.startswith(("make ", "export PATH")):
                    yield line, None
            continue
        command = ""
        shown: list[str] = []
        for line in text.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, "\n".join(shown)
                command, shown = line[2:], []
            else:
                shown.append(line)
        yield command, "\n".join(shown)


def fits(shown: str, printed: str) -> bool:
    """Whether output is as shown, where `...` stands for anything."""
    pattern = "".join(
        ".*?"
        if part == "..."
        else re.escape(part).replace(r"\ ", r"\s+").replace("\\\n", r"\s*\n\s*")
        for part in re.split(r"(\.\.\.)", shown.strip())
    )
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def type_in(shell: Shell, page: str) -> int:
    """Type every command of a page, which must print what the page shows; how many there were."""
    count = 0
    for command, shown in commands(page):
        printed = shell.run(command)
        count += 1
        if shown is not None:
            assert fits(shown, printed), f"$ {command}\n{printed}\n-- but the page says --\n{shown}"
    return count


PROGRAMS = ("curl", "go", "node", "openssl")
"""What pages use beside a shell's own."""
PAGES = [
    ("README.md", 13),
    ("docs/publish-over-http.md", 8),
    ("docs/add-a-connection.md", 9),
    ("docs/rotate-credentials.md", 6),
    ("docs/replay.md", 6),
    ("docs/operate-connections.md", 4),
    ("docs/upgrade.md", 3),
    ("docs/story.md", 1),
    ("docs/event-hash.md", 2),
]


@pytest.mark.parametrize(("page", "least"), PAGES)
def test_page_when_typed_in_prints_what_it_says(
    shell: Shell, page: str, least: int, leave_out: LeaveOut
) -> None:
    words = " ".join(command for command, _ in commands(page)).split()
    for each in PROGRAMS:
        if each in words and shutil.which(each) is None:
            leave_out(f"{each}: {page} uses it")
    assert type_in(shell, page) >= least


def test_pages_when_translated_hold_the_same_commands() -> None:
    assert list(commands("README.md")) == list(commands("README.zh-CN.md"))


def test_pages_when_they_show_commands_are_run_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    shown = {
        str(page.relative_to(ROOT))
        for page in ROOT.glob("docs/**/*.md")
        if "\n```console" in page.read_text("utf-8")
    }
    assert {page for page in shown if f'"{page}"' not in tests} == set()
