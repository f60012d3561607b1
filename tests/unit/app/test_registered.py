"""Schema ids of an operator's own registry, matched before anything is read or written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.connect.test_registry import at, registry
from tracehub.app.edges import Edges
from tracehub.app.judgement import judgement, registered
from tracehub.app.run import run
from tracehub.avro.catalogue import bundled
from tracehub.errors import ConfigError, RetryError
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.deliveries import sample_event

HELD: dict[str, list[dict[str, Any]]] = {
    schema.subject: [{"id": schema.wire_id + 70_000, "schema": json.dumps(schema.text)}]
    for schema in bundled()
}


def settings(url: str, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {"registry_url": url, "bus": {"engine": "sqlite", "path": str(tmp_path / "log.db")}}
    )


async def test_ids_when_a_registry_is_set_are_the_ones_written_and_read(tmp_path: Path) -> None:
    async with at(registry(HELD)) as url:
        theirs = await registered(settings(url, tmp_path))
    shipped = judgement(settings(url, tmp_path))
    event = sample_event()
    ours, written = shipped.codec.encode(event).value, theirs.codec.encode(event).value
    assert int.from_bytes(written[1:5], "big") == int.from_bytes(ours[1:5], "big") + 70_000
    assert written[5:] == ours[5:]
    assert theirs.codec.decode(written).event == shipped.codec.decode(ours).event
    assert theirs.version == shipped.version


async def test_start_when_the_registry_lacks_a_schema_asks_the_operator(tmp_path: Path) -> None:
    async with at(registry({})) as url:
        with pytest.raises(ConfigError, match=r"does not know event\.drug-value version 1"):
            await run(settings(url, tmp_path), ("exchange",), Edges(silent()))


async def test_start_when_the_registry_does_not_answer_names_it(tmp_path: Path) -> None:
    async with at(registry(HELD)) as url:
        pass
    with pytest.raises(RetryError, match="does not answer"):
        await run(settings(url, tmp_path), ("exchange",), Edges(silent()))
