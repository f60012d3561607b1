"""An event's whole story, from the index that a running hub has filled."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner

from tests.e2e.test_bad_input import RAW
from tracehub.app import Edges, run
from tracehub.app.index import open_index
from tracehub.cli.main import app
from tracehub.model.record import Record
from tracehub.services.story import Stories
from tracehub.telemetry.log import silent
from tracehub.testing.rehearsal import Rehearsal, stage

ROOT = Path(__file__).parents[2]
SQLITE = {"engine": "sqlite", "path": "hub.db", "partitions": 2}
GOOD = (ROOT / "docs/examples/first-event.json").read_bytes()
BROKEN = (ROOT / "docs/examples/broken-event.json").read_bytes()
ID = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001"
CODE = "(01)06901028075831(21)1001"
RECEIVERS = ["central/national", "provincial/guangdong"]


async def told(rehearsal: Rehearsal) -> None:
    """Publish one good and one broken document and wait until the index has their stories."""
    index = rehearsal.settings.index
    assert index is not None
    await rehearsal.bus.publish([Record(RAW, b"", each, (), 0) for each in (GOOD, BROKEN)])
    async with open_index(index) as store, asyncio.timeout(200):
        stories = Stories(store)
        while True:
            good, broken = await stories.find(ID), await stories.find(f"{RAW}/0/1/0")
            if good and len(good[0].receipts) == len(RECEIVERS) and broken:
                return
            await asyncio.sleep(0.05)


async def test_story_when_asked_for_tells_everything_by_id_and_by_code(tmp_path: Path) -> None:
    async with stage(tmp_path, SQLITE) as rehearsal:
        edges = Edges(silent())
        hub = asyncio.create_task(run(rehearsal.settings, ["exchange", "deliver", "index"], edges))
        await told(rehearsal)
        edges.stopping.set()
        await hub
    runner, config = CliRunner(), str(tmp_path / "hub.yaml")

    def asked(wanted: str, *more: str) -> tuple[int, str]:
        # A loop of the command's own, in a thread: this test has one already.
        result = runner.invoke(app, ["story", wanted, "-c", config, *more])
        return result.exit_code, result.stdout

    code, printed = await asyncio.to_thread(asked, CODE, "--json")
    assert code == 0
    story = json.loads(printed)
    assert (story["event_id"], story["publisher"]) == (ID, "provincial/zhejiang")
    assert [each["verdict"] for each in story["events"]] == ["accept"]
    assert story["today"]["verdict"] == "accept"
    assert sorted(each["connection"] for each in story["receipts"]) == RECEIVERS
    routed = {route["connection"] for route in story["today"]["routes"]["routes"]}
    assert routed == set(RECEIVERS)
    assert await asyncio.to_thread(asked, ID, "--json") == (0, printed)

    code, printed = await asyncio.to_thread(asked, f"{RAW}/0/1/0")
    assert code == 0
    assert "epcis/action-unknown" in printed
    assert "dead letter" in printed
    assert (await asyncio.to_thread(asked, "nothing"))[0] == 1
