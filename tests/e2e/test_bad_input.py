"""Bad records between good ones: each a dead letter with its own code, and the stream goes on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Section
from tracehub.app import Edges, judgement, run
from tracehub.bus import topics
from tracehub.errors import RejectError
from tracehub.model.record import Record
from tracehub.normalise.normaliser import Source
from tracehub.normalise.verdict import Accepted
from tracehub.telemetry.log import silent
from tracehub.testing.rehearsal import Rehearsal, stage

ROOT = Path(__file__).parents[2]
PUBLISHER = "provincial/zhejiang"
RAW = topics.raw("food", PUBLISHER)


def good(number: int) -> bytes:
    document: dict[str, Any] = json.loads(
        (ROOT / "docs/examples/first-event.json").read_text("utf-8")
    )
    document["epcisBody"]["eventList"][0]["eventID"] = f"urn:x:{number}"
    return json.dumps(document).encode()


def canonical(rehearsal: Rehearsal) -> bytes:
    judged = judgement(rehearsal.settings)
    source = Source("food", judged.connections[PUBLISHER])
    (item,) = judged.normaliser.normalise(good(0), source)
    assert isinstance(item, Accepted)
    return item.value


def bad(rehearsal: Rehearsal) -> dict[str, bytes]:
    event = canonical(rehearsal)
    padded = json.loads(good(1))
    padded["epcisBody"]["eventList"][0]["tracehub:note"] = "x" * 900_000
    return {
        "avro/malformed": event[: len(event) // 2],
        "avro/unknown-schema": b"\x00\x00\x00\x99\x99" + event[5:],
        "avro/trailing-bytes": event + b"\x00",
        "document/too-large": json.dumps(padded).encode(),
        "json/too-deep": b'{"a":' * 200 + b"1" + b"}" * 200,
        "json/duplicate-key": b'{"type": "EPCISDocument", "type": "EPCISDocument"}',
        "json/syntax": b'{"type": ',
        "xml/dtd": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        "document/not-utf8": b'{"type": "\xff\xfe"}',
        "document/empty": b"",
        "document/unrecognised": b"%PDF-1.7",
        "document/no-events": b'{"type": "EPCISDocument", "epcisBody": {"eventList": []}}',
    }


async def test_bad_records_when_published_are_dead_letters_and_good_ones_arrive(
    tmp_path: Path, log_section: Section
) -> None:
    async with stage(tmp_path, log_section) as rehearsal:
        cases = bad(rehearsal)
        records = []
        for number, value in enumerate(cases.values()):
            records += [Record(RAW, b"", good(number), (), 0), Record(RAW, b"", value, (), 0)]
        await rehearsal.bus.publish([*records, Record(RAW, b"", good(99), (), 0)])
        with pytest.raises(RejectError, match="bus/too-large"):
            await rehearsal.bus.publish([Record(RAW, b"", b" " * 10_000_000, (), 0)])
        edges = Edges(silent())
        hub = asyncio.create_task(run(rehearsal.settings, ["exchange"], edges))
        seen = rehearsal.observer.seen
        async with asyncio.timeout(200):
            while seen.published < 2 * len(cases) + 1 and not hub.done():
                await rehearsal.observer.look()
                await asyncio.sleep(0.05)
        edges.stopping.set()
        await hub
    assert sorted(seen.refused.values()) == sorted(cases)
    assert len(seen.canonical) == len(cases) + 1


def test_codes_when_used_here_are_documented() -> None:
    page = (ROOT / "docs/rules.md").read_text("utf-8")
    for code in ("avro/malformed", "document/too-large", "xml/dtd", "bus/too-large"):
        assert f"`{code}`" in page
