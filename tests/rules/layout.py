"""Everything in its place: what packages, connectors and configuration files consist of."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

from tests.rules.tree import at, files, modules

CONNECTOR_FILES = (
    "pyproject.toml",
    "README.md",
    "src/{package}/__init__.py",
    "src/{package}/config.py",
    "src/{package}/mapping.yaml",
    "src/{package}/wire.py",
    "src/{package}/client.py",
    "tests/test_contract.py",
    "tests/test_wire.py",
)
CONNECTOR_OPTIONAL = (
    "src/{package}/py.typed",
    "src/{package}/service.wsdl",
    "tests/test_mapping.py",
)
CONNECTOR_EXAMPLES = "tests/examples/"

_MACHINE = tuple(f"/{name}/" for name in ("work", "farm", "root", "tmp/bash_jobs"))
_SILENCED = re.compile(r"#\s*(noqa|type: ignore|pragma: no cover)(\S*)(.*)$")


def busy_inits(root: Path) -> list[str]:
    """`__init__.py` files that do more than hand names on; a connector's may make CONNECTOR."""
    return [
        f"{at(root, path, node.lineno)} an __init__.py only re-exports"
        for path, module in modules(root, "src", "connectors/*/src")
        if path.name == "__init__.py"
        for node in module.body
        if not _re_exports(node, allowed=_made_here(root, path))
    ]


def connector_files(root: Path) -> list[str]:
    """Connector packages that lack a file of the fixed set, or have another."""
    found = []
    for folder in sorted(each.parent for each in root.glob("connectors/*/pyproject.toml")):
        package = f"tracehub_{folder.name.replace('-', '_')}"
        needed = {each.format(package=package) for each in CONNECTOR_FILES}
        optional = {each.format(package=package) for each in CONNECTOR_OPTIONAL}
        present = {each.relative_to(folder).as_posix() for each in files(folder)}
        examples = {each for each in present if each.startswith(CONNECTOR_EXAMPLES)}
        name = at(root, folder)
        found += [f"{name} lacks {each}" for each in sorted(needed - present)]
        found += [
            f"{name} has {each}, which is not in the set"
            for each in sorted(present - needed - optional - examples)
        ]
        found += [] if examples else [f"{name} lacks golden pairs in {CONNECTOR_EXAMPLES}"]
    return found


def connector_contracts(root: Path) -> list[str]:
    """Connector packages that the import contracts do not know."""
    linter = _toml(root).get("tool", {}).get("importlinter", {})
    known = [set(linter.get("root_packages", ()))]
    for contract in linter.get("contracts", ()):
        if contract["id"].startswith("connectors-"):
            listed = " ".join([*contract.get("layers", ()), *contract.get("source_modules", ())])
            known.append(set(listed.replace("|", " ").split()))
    packages = sorted(each.name for each in root.glob("connectors/*/src/tracehub_*"))
    return [
        f"pyproject.toml: an import contract does not name {package}"
        for package in packages
        if len(known) == 1 or not all(package in each for each in known)
    ]


def unexplained_ignores(root: Path) -> list[str]:
    """Rules switched off without a reason: in the linter's settings or on a line of code."""
    lines = (root / "pyproject.toml").read_text("utf-8").splitlines()
    start = next((i for i, line in enumerate(lines) if line == "[tool.ruff.lint]"), len(lines))
    stop = next(
        (i for i, line in enumerate(lines[start:], start) if "[tool.ruff.lint.pydoc" in line),
        len(lines),
    )
    found = [
        f"pyproject.toml:{number} ignores without a reason"
        for number, line in enumerate(lines[start:stop], start + 1)
        if re.search(r'"[A-Z]+\d*"', line)
        and not re.search(r"#\s*\w", line)
        and not line.startswith("select")
    ]
    for path in files(root, "*.py"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            match = _SILENCED.search(line)
            if match and not re.search(r"(-|#) \w", match[3]):
                found.append(f"{at(root, path, number)} silences a check without a reason")
    return found


def changelog(root: Path) -> list[str]:
    """A tree without one fragment in `changelog.d`."""
    fragments = [each for each in root.glob("changelog.d/*.md") if each.stem != "README"]
    empty = [
        f"{at(root, each)} is empty" for each in fragments if not each.read_text("utf-8").strip()
    ]
    return empty if fragments else ["changelog.d holds no fragment; write one per change"]


def machine_paths(root: Path) -> list[str]:
    """Paths of the machine that something was written on."""
    found = []
    for path in files(root):
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            found += [
                f"{at(root, path, number)} names {each}, a path of one machine"
                for each in _MACHINE
                if re.search(rf"(?<![\w./]){each}", line)
            ]
    return found


def _toml(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def _made_here(root: Path, path: Path) -> frozenset[str]:
    connector = at(root, path).startswith("connectors/")
    return frozenset({"__all__", "CONNECTOR"} if connector else {"__all__"})


def _re_exports(node: ast.stmt, *, allowed: frozenset[str]) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return all(isinstance(each, ast.Name) and each.id in allowed for each in targets)
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.Import | ast.ImportFrom)
