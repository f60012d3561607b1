"""The tree follows every rule, and every rule bites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.rules import clients, layout, names, purity, sizes
from tests.rules.exceptions import EXCEPTIONS, excepted
from tests.rules.tree import ROOT

Rule = Callable[[Path], list[str]]

RULES: tuple[Rule, ...] = (
    sizes.long_files,
    sizes.long_functions,
    names.empty_names,
    names.other_words,
    purity.impure_imports,
    purity.other_clocks,
    purity.other_chance,
    purity.other_metrics,
    clients.other_clients,
    layout.busy_inits,
    layout.connector_files,
    layout.connector_contracts,
    layout.unexplained_ignores,
    layout.changelog,
    layout.machine_paths,
)

CONNECTOR = {
    f"connectors/tax/{name}": ""
    for name in (
        *(each.format(package="tracehub_tax") for each in layout.CONNECTOR_FILES),
        "tests/examples/event.json",
    )
}
CONTRACTS = """
[tool.importlinter]
root_packages = ["tracehub", "tracehub_tax"]
[[tool.importlinter.contracts]]
id = "connectors-apart"
layers = ["tracehub_tax | tracehub_credit", "tracehub"]
"""
LINT = "[tool.ruff.lint]\nignore = [\n    {}\n]\n"
ELSEWHERE = Path("/", "work", "main").as_posix()
CLOCK = "src/tracehub/clock.py"
METRICS = "src/tracehub/telemetry/metrics.py"
LONG = "def f() -> None:\n" + "    g()\n" * 40

CLIENT = "src/tracehub/bus/kafka.py"

BAD: tuple[tuple[Rule, Mapping[str, str], str], ...] = (
    (clients.other_clients, {"src/a.py": "AIOKafkaConsumer(**o, **MEMBER)"}, "only bus/kafka"),
    (clients.other_clients, {CLIENT: "k.AIOKafkaConsumer(**o)"}, "by other options"),
    (clients.other_clients, {CLIENT: "AIOKafkaConsumer(**o, **MEMBER, retries=1)"}, "by other"),
    (clients.other_clients, {CLIENT: "AIOKafkaProducer(**o)"}, "ours is `Producer`"),
    (sizes.long_files, {"bench/a.py": "\n" * 301}, "bench/a.py has 301 lines"),
    (sizes.long_functions, {"src/a.py": LONG}, "src/a.py:1 f has 41 lines"),
    (sizes.long_functions, {"tests/a.py": f"async {LONG}"}, "tests/a.py:1 f has 41"),
    (names.empty_names, {"src/tracehub/utils.py": ""}, "'utils' does not say"),
    (names.empty_names, {"src/tracehub/common/__init__.py": ""}, "'common' does not"),
    (names.empty_names, {"tests/test_a.py": "class CaseBase: ..."}, ":1 class CaseBase"),
    (names.other_words, {"src/a.py": "class KafkaMessage: ..."}, "we say record, not message"),
    (names.other_words, {"src/a.py": "def f(payload: bytes): ..."}, "not payload"),
    (names.other_words, {"src/a.py": "class A:\n    ts: int"}, "src/a.py:2 ts: we say occ"),
    (names.other_words, {"connectors/tax/src/t/adapter.py": ""}, "we say connector"),
    (purity.impure_imports, {"src/tracehub/route/a.py": "import os.path"}, "imports os.path"),
    (purity.impure_imports, {"src/tracehub/codes/a.py": "from time import time"}, "this package"),
    (purity.other_clocks, {"src/tracehub/a.py": "import time"}, "src/tracehub/a.py:1 take time"),
    (purity.other_clocks, {"src/a.py": "\nnow = datetime.now(UTC)"}, "src/a.py:2 take"),
    (purity.other_clocks, {"connectors/tax/src/a.py": "asyncio.sleep(1)"}, "from a Clock"),
    (purity.other_chance, {"src/tracehub/a.py": "def f():\n    import uuid"}, ":2 imports uuid"),
    (purity.other_metrics, {"src/a.py": "from prometheus_client import Gauge"}, METRICS),
    (layout.busy_inits, {"src/tracehub/__init__.py": "X = 1"}, "__init__.py:1 an __init__"),
    (layout.busy_inits, {"src/tracehub/a/__init__.py": "def f(): ..."}, "only re-exports"),
    (layout.connector_files, {"connectors/tax/pyproject.toml": ""}, "lacks README.md"),
    (layout.connector_files, {**CONNECTOR, "connectors/tax/src/b.py": ""}, "has src/b.py"),
    (
        layout.connector_contracts,
        {"pyproject.toml": CONTRACTS, "connectors/fda/src/tracehub_fda/a.py": ""},
        "does not name tracehub_fda",
    ),
    (layout.unexplained_ignores, {"pyproject.toml": LINT.format('"D105",')}, "pyproject.toml:3"),
    (
        layout.unexplained_ignores,
        {"pyproject.toml": "", "src/a.py": "x = 1  # " + "noqa: E501"},
        "src/a.py:1 silences",
    ),
    (
        layout.unexplained_ignores,
        {"pyproject.toml": "", "src/a.py": "x = 1  # " + "type: ignore[misc]"},
        "src/a.py:1 silences",
    ),
    (layout.changelog, {"changelog.d/README.md": "How"}, "holds no fragment"),
    (layout.changelog, {"changelog.d/one.md": " \n"}, "changelog.d/one.md is empty"),
    (layout.machine_paths, {"docs/a.md": f"\nsee {ELSEWHERE}"}, "docs/a.md:2 names"),
)

GOOD: tuple[tuple[Rule, Mapping[str, str]], ...] = (
    (sizes.long_files, {"a.py": "\n" * 300, ".venv/b.py": "\n" * 301}),
    (sizes.long_functions, {"a.py": LONG.removesuffix("    g()\n")}),
    (names.empty_names, {"src/database.py": "class Basement: ..."}),
    (names.other_words, {"src/a.py": "message = 1", "tests/a.py": "def handler(): ..."}),
    (purity.impure_imports, {"src/tracehub/bus/a.py": "import asyncio"}),
    (purity.other_clocks, {CLOCK: "import time", "src/a.py": "clock.now()"}),
    (purity.other_chance, {"src/tracehub/app/a.py": "import random"}),
    (purity.other_metrics, {METRICS: "import prometheus_client"}),
    (
        clients.other_clients,
        {
            CLIENT: "AIOKafkaConsumer(**self._options, **MEMBER)",
            "tests/a.py": "AIOKafkaProducer()",
        },
    ),
    (layout.busy_inits, {"src/a/__init__.py": '"""A."""\nimport b\n__all__ = ["b"]'}),
    (layout.busy_inits, {"connectors/tax/src/t/__init__.py": "CONNECTOR = T()"}),
    (layout.connector_files, CONNECTOR),
    (
        layout.connector_contracts,
        {"pyproject.toml": CONTRACTS, "connectors/tax/src/tracehub_tax/a.py": ""},
    ),
    (layout.unexplained_ignores, {"pyproject.toml": LINT.format('"D105",  # the data model')}),
    (
        layout.unexplained_ignores,
        {"pyproject.toml": "", "src/a.py": "x = 1  # " + "noqa: E501 - a table"},
    ),
    (layout.changelog, {"changelog.d/one.md": "One."}),
    (layout.machine_paths, {"docs/a.md": f"schemas{ELSEWHERE}, https://host{ELSEWHERE}"}),
)


def _plant(root: Path, tree: Mapping[str, str]) -> Path:
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


@cache
def _broken_here(rule: Rule) -> Sequence[str]:
    """What the tree breaks of a rule: each reads all of it, once."""
    return rule(ROOT)


def _named(value: object) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("rule", RULES, ids=_named)
def test_tree_when_checked_follows_the_rule(rule: Rule) -> None:
    broken = [each for each in _broken_here(rule) if not excepted(rule.__name__, each)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(("rule", "tree", "expected"), BAD, ids=_named)
def test_rule_when_broken_says_where_and_how(
    rule: Rule, tree: Mapping[str, str], expected: str, tmp_path: Path
) -> None:
    found = rule(_plant(tmp_path, tree))
    assert any(expected in each for each in found), found


@pytest.mark.parametrize(("rule", "tree"), GOOD, ids=_named)
def test_rule_when_followed_is_silent(rule: Rule, tree: Mapping[str, str], tmp_path: Path) -> None:
    assert rule(_plant(tmp_path, tree)) == []


def test_rules_when_listed_each_have_a_good_and_a_bad_tree() -> None:
    assert {rule for rule, *_ in BAD} == set(RULES)
    assert {rule for rule, *_ in GOOD} == set(RULES)


@pytest.mark.parametrize(("rule", "path"), EXCEPTIONS)
def test_exception_when_listed_is_still_needed(rule: str, path: str) -> None:
    check = next(each for each in RULES if each.__name__ == rule)
    assert any(each.startswith(path) for each in _broken_here(check))
