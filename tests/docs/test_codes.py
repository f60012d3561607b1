"""The page about codes: every command is run, and the tables on it are good."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.test_readme import Shell, type_in
from tracehub.codes.tables import load_code_tables

PAGE = "docs/codes.md"
ROOT = Path(__file__).parents[2]


def test_commands_when_typed_in_print_what_the_page_says(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    try:
        assert type_in(shell, PAGE)
    finally:
        shell.close()


def test_tables_on_the_page_when_loaded_are_good() -> None:
    text = (ROOT / PAGE).read_text("utf-8")
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found
    tables = load_code_tables(found[1], PAGE)
    assert all((tables.homes, tables.company_prefixes, tables.layouts, tables.patterns))
