"""Small enough to read: how long a file and a function may be."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.rules.tree import at, files, modules

FILE_LINES = 300
FUNCTION_LINES = 40


def long_files(root: Path) -> list[str]:
    """Python files of more than `FILE_LINES` lines."""
    counted = ((path, len(path.read_text("utf-8").splitlines())) for path in files(root, "*.py"))
    return [
        f"{at(root, path)} has {lines} lines, at most {FILE_LINES} are allowed"
        for path, lines in counted
        if lines > FILE_LINES
    ]


def long_functions(root: Path) -> list[str]:
    """Functions of more than `FUNCTION_LINES` lines, docstring and all."""
    return [
        f"{at(root, path, node.lineno)} {node.name} has {lines} lines, "
        f"at most {FUNCTION_LINES} are allowed"
        for path, module in modules(root)
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
