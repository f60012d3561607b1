"""The page about the catalogue: its list is good, and every command is run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.test_readme import Shell, type_in
from tracehub.catalogue.entry import IDENTIFIERS

PAGE = "docs/catalogue.md"
TEXT = (Path(__file__).parents[2] / PAGE).read_text("utf-8")
LOOSE = """\
list: "330000"
version: "1"
title: t
source: s
entries:
  - {category: food, title: t, source: s, obligation: encouraged}
"""


def test_commands_when_typed_in_print_what_the_page_says(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert found
    (tmp_path / "zhejiang.yaml").write_text(found[1], "utf-8")
    (tmp_path / "loose.yaml").write_text(LOOSE, "utf-8")
    (tmp_path / "hub.yaml").write_text("{}\n", "utf-8")
    shell = Shell(tmp_path)
    try:
        assert type_in(shell, PAGE)
    finally:
        shell.close()


def test_page_when_read_names_every_identifier() -> None:
    assert [each for each in IDENTIFIERS if f"`{each}`" not in TEXT] == []
