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
    rules_own,
    rules_mapping,
    rules_catalogue,
    rules_convert,
    rules_sheet,
    rules_hub,
)
_TITLES: Final = {
    FAULT: "Refused (quarantine)",
    CHANGE: "Read in another form (accept-normalised)",
    NOTE: "Worth knowing (no effect on the verdict)",
}
_INTRODUCTION: Final = """\
# Reject codes and reasons

Every verdict names the rules it rests on: in a dead letter, in the output of `tracehub normalise`,
in a receipt. An id keeps its meaning for ever. This page is made from the rule tables; a test
compares the two.
"""
_HEAD: Final = "| id | what and what to do | 说明 | source |\n|---|---|---|---|\n"


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
    """The page `docs/reject-codes.md`."""
    parts = [_INTRODUCTION]
    for severity, title in _TITLES.items():
        parts.append(
            f"\n## {title}\n\n| id | what and what to do | 说明 | source |\n|---|---|---|---|\n"
        )
        chosen = sorted(rule for rule in RULES.values() if rule.severity == severity)
        parts += [f"| `{each.id}` | {each.en} | {each.zh} | {each.source} |\n" for each in chosen]
    return "".join(parts)
