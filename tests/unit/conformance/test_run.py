"""The kit passes a system that keeps the contract, and finds each way in which one does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from typer.testing import CliRunner, Result

from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.cli.main import app
from tracehub.clock import SystemClock
from tracehub.conformance import SCENARIOS, Target, perform
from tracehub.connect import Line, load_mapping, load_type
from tracehub.connect.signing import public_key
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.testing.systems import Fault, Ledger, System, running, secret_of, simulated
from tracehub.testing.systems.dialect import Asked, BatchDialect

KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
LAB = "inspection/lab"
KIND = load_type("inspection")
REPORT = {
    "category": "food",
    "laboratory": "914403001922038216",
    "reports": [
        {
            "reportNo": "R1",
            "issuedAt": "2026-09-21 10:00:00",
            "conclusion": "合格",
            "batchNo": "A1",
            "producer": "913301000000000009",
        }
    ],
}
HUB = """
connections:
  inspection/lab:
    categories: [food]
    format: mapped
    url: {url}
    collect_every_s: 5
    limits: {{deadline_s: 20}}
    secrets: {{token: {{env: LAB_TOKEN}}}}
"""


@dataclass(frozen=True, slots=True)
class OpenDialect(BatchDialect):
    """A system that looks at no credentials."""

    def admit(self, asked: Asked, now_ms: int) -> None:
        """Anybody."""


@pytest.fixture
def system(tmp_path: Path) -> System:
    return simulated(LAB, Ledger(tmp_path / "ledger.db"))


@pytest.fixture
async def hub(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Path]:
    monkeypatch.setenv("LAB_TOKEN", secret_of(LAB))
    monkeypatch.setenv("REPORT_KEY", KEY)
    async with running(system) as url:
        path = tmp_path / "hub.yaml"
        path.write_text(HUB.format(url=url), "utf-8")
        yield path


async def tracehub(*arguments: Any) -> Result:
    words = [str(each) for each in arguments]
    return await asyncio.to_thread(CliRunner().invoke, app, words)


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    table = load_mapping(KIND.mapping, "mapping.yaml")
    return Normaliser(Codec(bundled()), Tables(mappings={"inspection": table}))


Ask = Callable[[], Awaitable[dict[str, str]]]


@pytest.fixture
async def ask(system: System, normaliser: Normaliser) -> AsyncIterator[Ask]:
    """Perform all scenarios; the outcome of each."""
    assert KIND.open is not None
    assert KIND.open_collector is not None
    async with running(system) as url:
        written: dict[str, Any] = {"url": url, "token": secret_of(LAB), "timeout_s": 20}
        target = Target(
            KIND.name,
            Line(LAB, KIND.config(**written), SystemClock()),
            KIND.abilities[0],
            KIND.open,
            KIND.open_collector,
            normaliser,
            Source("food", Connection(LAB, region="330000", format="mapped")),
        )

        async def outcomes() -> dict[str, str]:
            return {each.scenario.id: each.outcome for each in await perform(target)}

        yield outcomes


async def test_system_when_it_keeps_the_contract_passes_every_scenario(
    ask: Ask, system: System
) -> None:
    system.ledger.publish(LAB, [orjson.dumps(REPORT)] * 230)
    assert await ask() == dict.fromkeys([each.id for each in SCENARIOS], "passed")
    assert system.ledger.counts().duplicate_effects == 0


async def test_system_when_nothing_was_published_is_not_asked_for_pages(ask: Ask) -> None:
    found = await ask()
    assert found["pagination"] == found["back-conversion"] == "not-applicable"


async def test_system_when_it_applies_repeats_again_fails(ask: Ask, system: System) -> None:
    system.deduplicate = False
    found = await ask()
    failed = {each for each, outcome in found.items() if outcome == "failed"}
    # "slow" too, unless this machine was so busy that the system did not answer in time.
    assert failed - {"slow"} == {"repeat", "refusal", "malformed-answer"}


async def test_system_when_it_looks_at_no_credentials_fails(ask: Ask, system: System) -> None:
    system.dialect = OpenDialect(secret_of(LAB), "/reports")
    found = await ask()
    assert [each for each, outcome in found.items() if outcome == "failed"] == ["auth-expiry"]


async def test_system_when_it_publishes_what_cannot_be_read_fails(ask: Ask, system: System) -> None:
    broken = {**REPORT, "reports": [{"reportNo": "R1", "issuedAt": "昨天"}]}
    system.ledger.publish(LAB, [orjson.dumps(broken)])
    assert (await ask())["back-conversion"] == "failed"


async def test_system_when_it_is_away_fails_and_every_scenario_is_named(
    ask: Ask, system: System
) -> None:
    system.faults.set(Fault(mode="status", status=503))
    found = await ask()
    assert list(found) == [each.id for each in SCENARIOS]
    assert set(found.values()) == {"failed"}


async def test_report_when_written_is_signed_holds_no_secret_and_can_be_checked(
    hub: Path, system: System, tmp_path: Path
) -> None:
    path, xml = tmp_path / "report.json", tmp_path / "junit.xml"
    written = ("--report", path, "--key-env", "REPORT_KEY", "--junit", xml)
    result = await tracehub("conformance", LAB, "-c", hub, *written)
    assert result.exit_code == 0, result.output
    assert "inspection/lab: passed" in result.output
    assert secret_of(LAB) not in path.read_text("utf-8")
    assert (await tracehub("conformance-verify", path)).exit_code == 0
    own = ("--public-key", public_key(KEY))
    assert (await tracehub("conformance-verify", path, *own)).exit_code == 0
    other = ("--public-key", public_key(KEY[::-1]))
    assert (await tracehub("conformance-verify", path, *other)).exit_code == 1
    signed = orjson.loads(path.read_bytes())
    signed["report"]["scenarios"][0]["text"] += "!"
    path.write_bytes(orjson.dumps(signed))
    assert (await tracehub("conformance-verify", path)).exit_code == 1
    (suite,) = ET.fromstring(xml.read_text("utf-8"))  # noqa: S314 - our own file
    assert suite.get("tests") == str(len(SCENARIOS))
    assert suite.get("failures") == "0"


async def test_command_when_used_wrongly_says_what_to_do(hub: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (("conformance", "credit/none", "-c", hub), "no such connection"),
        (("conformance", LAB, "-c", hub, "--report", tmp_path / "r"), "--key-env"),
        (("conformance-verify", hub), "no signed conformance report"),
    ):
        result = await tracehub(*arguments)
        assert result.exit_code == 2
        assert words in result.output
