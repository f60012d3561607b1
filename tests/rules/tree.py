"""What the rules look at: the files of a source tree, and Python's own view of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The repository that the rules are kept in."""

_NOT_OURS = frozenset(
    {".git", ".uv", ".venv", ".cache", ".coverage", ".hypothesis", "__pycache__", "dist"}
)


def files(root: Path, pattern: str = "*") -> Iterator[Path]:
    """Every file below `root` that we wrote, in the order of its path."""
    for path in sorted(root.iterdir()):
        if path.name in _NOT_OURS or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from files(path, pattern)
        elif path.match(pattern):
            yield path


def modules(root: Path, *folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file below `root`, or below some folders of it (globs), parsed."""
    for folder in folders or (".",):
        for start in sorted(root.glob(folder)) if folder != "." else (root,):
            for path in files(start, "*.py"):
                yield path, _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    """Many rules look at one file."""
    return ast.parse(path.read_text("utf-8"))


def at(root: Path, path: Path, line: int = 0) -> str:
    """`path:line` as a person clicks on it."""
    shown = path.relative_to(root).as_posix()
    return f"{shown}:{line}" if line else shown


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of every module or name that is imported, at any depth."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
