"""Kafka's clients are made by one table of options each: the client's own defaults lose records."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.rules.tree import at, modules

TABLES = {
    "AIOKafkaConsumer": frozenset({"READER", "MEMBER"}),
    "AIOKafkaAdminClient": frozenset[str](),
}
"""Which tables of `bus/kafka_settings.py` each client is made by."""
_NEVER = "AIOKafkaProducer"
"""Batches go out by `bus/kafka_producer.py`."""
_OF_ITS_OWN = frozenset({"group_id"})
_FOLDER = "src/tracehub/bus/kafka"


def other_clients(root: Path) -> list[str]:
    """Clients that are made elsewhere, or with options of their own."""
    found = []
    for path, module in modules(root, "src", "connectors/*/src"):
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and _called(node) in {*TABLES, _NEVER}:
                place = at(root, path, node.lineno)
                if _called(node) == _NEVER:
                    found.append(f"{place} makes the client's producer; ours is `Producer`")
                elif not place.startswith(_FOLDER):
                    found.append(f"{place} makes a Kafka client; only bus/kafka*.py does")
                elif not _by_a_table(node):
                    found.append(f"{place} makes {_called(node)} by other options than its table")
    return found


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _by_a_table(node: ast.Call) -> bool:
    tables = TABLES[_called(node)]
    unpacked = {ast.unparse(each.value) for each in node.keywords if each.arg is None}
    named = {each.arg for each in node.keywords if each.arg is not None}
    used = unpacked & tables
    return not node.args and len(used) == bool(tables) and named <= _OF_ITS_OWN
