"""Every rule by its id, and the page that lists them. Must not know how they are decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Final

from tracehub.errors import Reason
from tracehub.normalise import (
    rules_catalogue,
    rules_convert,
    rules_document,
    rules_hub,
    rules_mapping,
    rules_naming,
    rules_own,
    rules_sense,
    rules_sheet,
    rules_what,
    rules_why,
)
from tracehub.normalise.rules import CHANGE, FAULT, NOTE, Rule

_TABLES: Final = (
    rules_document,
    rules_naming,
    rules_what,
    rules_why,
    rules_sense,
    rules_own,
    rules_mapping,
    rules_catalogue,
    rules_convert,
    rules_sheet,
    rules_hub,
)
_TITLES: Final = {
    FAULT: "Refused · 拒收（quarantine）",
    CHANGE: "Read in another form · 规范化后接收（accept-normalised）",
    NOTE: "Worth knowing · 提示（no effect on the verdict）",
}
_INTRODUCTION: Final = """\
# Rules · 规则

Every verdict names the rules it rests on: in a dead letter, in the output of `tracehub normalise`,
in a receipt. A reason has the rule's id and severity, the path in the document, the value there
(`***` when it belongs to a section that not every reader sees), the text in English and Chinese,
and the standard it comes from; `tracehub normalise --lang zh` speaks Chinese. An id keeps its
meaning for ever. This page is made from the rule tables; a test compares the two.

每个裁定都指明所依据的规则：规则编号、级别、路径、该处的值（涉密时为 `***`）、中英文说明和标准出处。
编号的含义永不改变。
"""
_HEAD: Final = "| id | what and what to do | 说明 | source · 出处 |\n|---|---|---|---|\n"


def _rules_of(table: ModuleType) -> list[Rule]:
    return [each for each in vars(table).values() if isinstance(each, Rule)]


RULES: Final[Mapping[str, Rule]] = {rule.id: rule for table in _TABLES for rule in _rules_of(table)}
"""Every rule by its id."""


def faults(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Those reasons that refuse; beside them an error names what was only changed or noted."""
    return tuple(
        each for each in reasons if each.rule not in RULES or RULES[each.rule].severity == FAULT
    )


def markdown() -> str:
    """The page `docs/rules.md`."""
    parts = [_INTRODUCTION]
    for severity, title in _TITLES.items():
        parts.append(f"\n## {title}\n\n{_HEAD}")
        chosen = sorted(rule for rule in RULES.values() if rule.severity == severity)
        parts += [f"| `{each.id}` | {each.en} | {each.zh} | {each.source} |\n" for each in chosen]
    return "".join(parts)
