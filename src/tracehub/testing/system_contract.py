"""SystemContract: a simulated system that the tests of a connector share.

Must not know any law.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from tracehub.clock import SystemClock
from tracehub.connect import ConnectorType, Line
from tracehub.testing.systems import Fault, Ledger, System, running, simulated

TIMEOUT_S = 1.0
"""The deadline where a law is about a system that is too slow."""
SLOW = frozenset({"slow", "stall", "stall-after"})
"""The faults of such a system."""
PATIENT_S = 30.0
"""The deadline everywhere else: a busy machine is no slow system."""


def line_to(
    kind: ConnectorType,
    connection: str,
    url: str,
    settings: dict[str, Any],
    timeout_s: float = PATIENT_S,
) -> Line:
    """A line with one of this kit's deadlines."""
    config = kind.config(**{"url": url, "timeout_s": timeout_s, **settings})
    return Line(connection, config, SystemClock())


@pytest.mark.asyncio(loop_scope="class")
class SystemContract:
    """A simulated system that runs as long as a class, with a new ledger for each test."""

    kind: ClassVar[ConnectorType]

    @pytest_asyncio.fixture(scope="class", loop_scope="class")
    @classmethod
    async def served(
        cls, tmp_path_factory: pytest.TempPathFactory
    ) -> AsyncIterator[tuple[System, str]]:
        """The system, and where it listens."""
        ledger = Ledger(tmp_path_factory.mktemp("system") / "ledger.db")
        system = simulated(f"{cls.kind.name}/contract", ledger)
        async with running(system) as url:
            yield system, url

    @pytest.fixture
    def system(self, served: tuple[System, str], tmp_path: Path) -> System:
        """The system, as it was before anybody spoke to it."""
        system, _ = served
        system.ledger.close()
        system.ledger = Ledger(tmp_path / "ledger.db")
        system.faults.set(Fault())
        system.requests.clear()
        return system

    @pytest.fixture
    def url(self, served: tuple[System, str]) -> str:
        """Where it listens."""
        return served[1]


class Simulated:
    """A simulated system as the general laws see it."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def effects(self) -> Sequence[str]:
        """From its ledger."""
        entries = self._system.ledger.entries(self._system.connection)
        return [each.effect_key for each in entries for _ in range(each.applications)]

    async def lose_answer(self) -> None:
        """It hangs up in the middle of the answer."""
        self._system.faults.set(Fault(mode="hang-up", times=1))

    async def publish(self, documents: Sequence[bytes]) -> None:
        """Into what it publishes."""
        self._system.ledger.publish(self._system.connection, documents)
