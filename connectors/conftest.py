"""Servers that the tests of connectors share, and the record of the contract cases that passed.

A run in which every case of a protocol passed is compared with `docs/reports/systems.json`, which
the table of systems is made of; `make systems` writes it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson
import pytest

from tests.conftest import broker_port, database, kafka, leave_out
from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.conformance import Target, perform
from tracehub.connect import Line, load_mapping
from tracehub.connect.port import Open
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.testing.effect_contract import EffectContract
from tracehub.testing.page_contract import PageContract

__all__ = ["broker_port", "database", "kafka", "leave_out"]

RECORD = Path(__file__).parents[1] / "docs" / "reports" / "systems.json"


Perform = Callable[[EffectContract, Line], Awaitable[Mapping[str, str]]]


@pytest.fixture
def perform_all() -> Perform:
    """Goes through the conformance scenarios of the system of a line; the outcome of each."""

    async def performed(contract: EffectContract, line: Line) -> Mapping[str, str]:
        kind = contract.kind
        table = load_mapping(kind.mapping, f"{kind.name}/mapping.yaml")
        target = Target(
            kind.name,
            line,
            contract.able,
            cast("Open", kind.open),
            None,
            Normaliser(Codec(bundled()), Tables(mappings={kind.name: table})),
            Source("drug", Connection(line.connection, region="330000", format="mapped")),
        )
        return {each.scenario.id: each.outcome for each in await perform(target)}

    return performed


class Protocol(NamedTuple):
    """One ability of one connector type."""

    kind: str
    ability: str


class Cases:
    """What was collected and what passed, by protocol."""

    def __init__(self) -> None:
        self.servers: dict[Protocol, str] = {}
        self.all: dict[Protocol, dict[str, str]] = defaultdict(dict)
        self.passed: set[str] = set()

    def note(self, item: pytest.Item) -> None:
        """Note a test if it is a case of a contract."""
        found = getattr(item, "cls", None)
        if found is not None and issubclass(found, EffectContract | PageContract):
            protocol = Protocol(found.kind.name, found.ability)
            self.servers[protocol] = found.server
            self.all[protocol][item.nodeid] = f"{_way(found)}: {item.name}"

    def whole(self) -> dict[Protocol, dict[str, Any]]:
        """The protocols of which every case ran and passed."""
        return {
            protocol: {"server": self.servers[protocol], "cases": sorted(cases.values())}
            for protocol, cases in self.all.items()
            if cases.keys() <= self.passed
        }


CASES = pytest.StashKey[Cases]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CASES] = Cases()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """See every case, before any is deselected."""
    for item in items:
        config.stash[CASES].note(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call" and report.passed:
        item.config.stash[CASES].passed.add(item.nodeid)
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    found = session.config.stash[CASES].whole()
    recorded = orjson.loads(RECORD.read_bytes()) if RECORD.is_file() else {}
    stale = [each for each, said in found.items() if _recorded(recorded, each) != said]
    if stale and os.environ.get("TRACEHUB_RECORD"):
        for each in stale:
            recorded.setdefault(each.kind, {})[each.ability] = found[each]
        style = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        RECORD.write_bytes(orjson.dumps(recorded, option=style))
    elif stale:
        names = ", ".join(f"{each.kind} over {each.ability}" for each in stale)
        reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(f"{RECORD.name} differs from what passed for {names}: make systems")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _recorded(recorded: dict[str, Any], protocol: Protocol) -> Any:
    return recorded.get(protocol.kind, {}).get(protocol.ability)


def _way(found: type) -> str:
    return "receives" if issubclass(found, EffectContract) else "publishes"
