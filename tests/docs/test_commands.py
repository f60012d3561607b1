"""Commands and settings that pages name exist, with their options, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from ruamel.yaml import YAML

from tracehub.cli.main import app
from tracehub.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/*/*.md")])
SPOKEN = re.compile(r"(?:^|[\s`($])tracehub ([a-z][a-z-]*(?:[ ][^`|;&\n)]*)?)", re.MULTILINE)
FENCED = re.compile(
    r"^```(?:sh|console|text)?\n(.*?)^```|`([^`\n]+(?:\n[^`\n]+)?)`", re.MULTILINE | re.DOTALL
)
SETTINGS = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
ROOTS = Settings.model_fields.keys() - {"rules"}
"""What only `hub.yaml` begins with; a rules file begins with `rules` too."""


def said(page: Path) -> Iterator[str]:
    """Every command of the hub in code on a page, its line ends made spaces."""
    for block, inline in FENCED.findall(page.read_text("utf-8")):
        for found in SPOKEN.findall(block or inline.replace("\n", " ")):
            yield found.strip()


def fault(words: str) -> str:
    """What is wrong with a command; empty when it exists with these options."""
    command: Any = typer.main.get_command(app)
    left = words.split()
    while left and left[0] in getattr(command, "commands", ()):
        command, left = command.commands[left[0]], left[1:]
    if command.name == "tracehub":
        return f"no command: {words}"
    known = {each for parameter in command.params for each in parameter.opts} | {"--help"}
    unknown = set(OPTION.findall(words)) - known
    return f"no option {sorted(unknown)}: {words}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_when_a_page_names_them_exist(page: Path) -> None:
    assert [each for each in map(fault, said(page)) if each] == []


def test_command_when_it_does_not_exist_is_told(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Type `tracehub fly`, then `tracehub check --quickly`, or `tracehub check`.")
    told = [each for each in map(fault, said(page)) if each]
    assert [each.partition(":")[0] for each in told] == ["no command", "no option ['--quickly']"]


def settings(page: Path) -> Iterator[dict[str, Any]]:
    """Every piece of `hub.yaml` that a page shows."""
    for text in SETTINGS.findall(page.read_text("utf-8")):
        tree = YAML(typ="safe").load(text)
        if isinstance(tree, dict) and tree.keys() & ROOTS:
            yield tree


def test_settings_when_pages_show_them_are_good() -> None:
    shown = {page: list(settings(page)) for page in PAGES}
    for trees in shown.values():
        for tree in trees:
            Settings.model_validate(tree)
    named = {page.stem for page, trees in shown.items() if trees}
    assert {"console", "stories", "trace-a-record"} <= named
