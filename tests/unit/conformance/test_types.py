"""Every connector type's system is asked scenario by scenario, and fails in none."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path

from tracehub.app import judgement
from tracehub.cli.conformance import ask
from tracehub.conformance import SCENARIOS
from tracehub.connect.load import installed
from tracehub.testing.consignment import CAST, steps
from tracehub.testing.consignment_step import CATEGORY
from tracehub.testing.stage_set import Cast, scene

BUS = {"engine": "sqlite", "path": "hub.db", "partitions": 1}
PATIENCE = {"deadline_s": 60.0}
"""A busy machine is no slow system."""


async def test_systems_when_of_every_type_pass_each_scenario_that_can_be_asked(
    tmp_path: Path,
) -> None:
    """What they publish is their part of the consignment's story."""
    async with scene(tmp_path, BUS, cast=Cast(CAST, [CATEGORY])) as hub:
        published = defaultdict(list)
        for step in steps():
            published[step.publisher].append(step.value)
        for connection, documents in published.items():
            hub.ledger.publish(connection, documents)
        judged = judgement(hub.settings)
        connections = {
            name: each.model_copy(update={"limits": each.limits.model_copy(update=PATIENCE)})
            for name, each in hub.settings.connections.items()
        }
        patient = hub.settings.model_copy(update={"connections": connections})
        reports = await asyncio.gather(*(ask(patient, judged, each) for each in CAST))
    assert {each["type"] for each in reports} == set(installed())
    for report in reports:
        outcomes = {each["id"]: each["outcome"] for each in report["scenarios"]}
        asked = hub.settings.connections[report["connection"]].collect_every_s
        unasked = set() if asked else {"pagination", "back-conversion"}
        wanted = {
            each.id: "not-applicable" if each.id in unasked else "passed" for each in SCENARIOS
        }
        assert outcomes == wanted, report
