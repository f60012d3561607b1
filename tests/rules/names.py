"""One word for one thing: names that say nothing, and words that have a better one here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import at, modules

SOURCES = ("src", "connectors/*/src", "bench")

EMPTY_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "base", "manager"})
"""No module or class may be called so: the name does not say what is inside."""

INSTEAD = {
    "ack": "receipt",
    "acks": "receipt",
    "adapter": "connector",
    "conf": "config or settings",
    "crawl": "collect",
    "dirty": "raw",
    "dlq": "dead letter",
    "endpoint": "connection",
    "fetch": "collect or read",
    "handler": "stage",
    "mapper": "mapping",
    "message": "record",
    "msg": "record",
    "nack": "reject or retry",
    "payload": "record or value",
    "plugin": "connector",
    "poison": "dead letter",
    "processor": "stage",
    "timestamp": "occurred_at, received_at or delivered_at",
    "transform": "conversion",
    "ts": "occurred_at, received_at or delivered_at",
    "worker": "service or stage",
}
"""The word that this project uses in place of another (architecture, section 3)."""


def empty_names(root: Path) -> list[str]:
    """Modules, packages and classes with a name that says nothing."""
    found = []
    for path, module in modules(root, "src", "connectors", "bench", "tests"):
        parts = (path.parent.name, path.stem) if path.stem == "__init__" else (path.stem,)
        found += [
            f"{at(root, path)} '{part}' does not say what is inside"
            for part in parts
            if EMPTY_NAMES & _words(part)
        ]
        found += [
            f"{at(root, path, node.lineno)} class {node.name} does not say what it is"
            for node in ast.walk(module)
            if isinstance(node, ast.ClassDef) and EMPTY_NAMES & _words(node.name)
        ]
    return found


def other_words(root: Path) -> list[str]:
    """Names of modules, classes, functions, parameters and fields with a word of another tongue."""
    return [
        f"{at(root, path, line)} {name}: we say {INSTEAD[word]}, not {word}"
        for path, module in modules(root, *SOURCES)
        for line, name in ((0, path.stem), *_defined(module))
        for word in sorted(_words(name) & INSTEAD.keys())
    ]


def _defined(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            yield node.lineno, node.name
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                    yield each.lineno, each.target.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def _words(name: str) -> set[str]:
    """`DeadLetterWriter` and `dead_letter_writer` both hold dead, letter and writer."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return set(spaced.lower().strip("_").split("_"))
