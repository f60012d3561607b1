"""One consignment's story through every sort of system, step by step, on both buses."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client import generate_latest

from tracehub.app import Edges, open_bus, topic_specs
from tracehub.clock import SystemClock
from tracehub.connect.load import installed
from tracehub.services.waiting import whole
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import logger
from tracehub.testing.consignment import CAST, steps
from tracehub.testing.consignment_run import Told, tell
from tracehub.testing.systems import secret_of


async def test_consignment_when_it_passes_every_system_comes_to_what_is_due(
    tmp_path: Path, log_section: Mapping[str, Any]
) -> None:
    log, parts = io.StringIO(), list[Edges]()

    def edges() -> Edges:
        parts.append(Edges(logger("debug", log)))
        return parts[-1]

    told = [each async for each in tell(tmp_path, {**log_section, "partitions": 1}, edges)]
    for each in told:
        _check(each)
    assert [each.step.name for each in told] == [each.name for each in steps()]
    assert len(parts) == 2

    written = [log.getvalue().encode(), *(generate_latest(each.metrics.registry) for each in parts)]
    settings = load_settings(tmp_path / "hub.yaml")
    async with open_bus(settings, SystemClock()) as bus:
        for spec in topic_specs(settings):
            if spec.name.startswith("dead-letter."):
                assert sum(await bus.ends(spec.name)) == 0, spec.name
            if spec.name.startswith("receipt."):
                written += [
                    each.value + repr(each).encode() async for each in whole(bus, spec.name)
                ]
    secrets = [secret_of(each).encode() for each in CAST]
    assert len(written) > len(steps())
    assert not [each for each in secrets if any(each in text for text in written)]


def _check(told: Told) -> None:
    routes = {each.connection: each.rule for each in told.arrivals}
    assert routes == told.step.due, told.step.name
    for each in told.arrivals:
        assert (each.status, each.effects) == ("delivered", 1), (told.step.name, each)
        assert each.reference.startswith(f"{each.connection}#"), (told.step.name, each)
    assert told.refused == 0, told.step.name
    assert told.held, told.step.name


def test_consignment_when_cast_has_every_connector_type() -> None:
    assert {each.partition("/")[0] for each in CAST} == set(installed())


def test_consignment_when_told_names_every_system_as_publisher_or_receiver() -> None:
    publishers = {each.publisher for each in steps()}
    receivers = {receiver for each in steps() for receiver in each.due}
    assert publishers | receivers == set(CAST)
