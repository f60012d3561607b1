"""The list of rules is complete, and the page that shows it is up to date."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tracehub.normalise.rule_book import RULES, markdown

ROOT = Path(__file__).parents[3]
RULE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")


def _raised() -> Iterator[tuple[str, str]]:
    """Every code that is written where an error or a reason is made."""
    sources = [ROOT / "src", *(ROOT / "connectors").glob("*/src")]
    for path in (file for source in sources for file in source.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in {"RejectError", "Reason"} and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield str(path.relative_to(ROOT)), code.value


def test_code_when_it_can_be_raised_is_in_the_book() -> None:
    missing = sorted({(path, code) for path, code in _raised() if code not in RULES})
    assert missing == []


def test_rule_when_listed_speaks_both_languages_and_names_its_source() -> None:
    for rule_id, rule in RULES.items():
        assert RULE_ID.fullmatch(rule_id), rule_id
        assert rule.source
        assert rule.en.isascii(), rule_id
        assert re.search(r"[\u4e00-\u9fff]", rule.zh), rule_id
        assert "|" not in rule.en + rule.zh + rule.source


def test_page_when_rules_change_is_made_again() -> None:
    page = ROOT / "docs" / "rules.md"
    assert page.read_text("utf-8") == markdown(), "make generate"


def test_page_when_made_names_every_rule_once() -> None:
    page = markdown()
    for rule_id in RULES:
        assert page.count(f"| `{rule_id}` |") == 1
