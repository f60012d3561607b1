"""The examples of how to publish really do, in every language whose tools are here."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import LeaveOut
from tests.kafka.test_kafka_bus import one_node
from tracehub.bus.partition import partition_for
from tracehub.bus.port import TopicSpec
from tracehub.testing.bus_contract import unique
from tracehub.testing.kafka import Kafka
from tracehub.testing.kafka_jars import jars

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
DOCUMENT = EXAMPLES / "first-event.json"
KEY = "01/06901028075831/10/B20261102"


def command(language: str, leave_out: LeaveOut) -> list[str]:
    """How an example is started; servers, topic, key and file follow."""
    needed = {"python": sys.executable, "java": "java", "kcat": "kcat"}[language]
    if shutil.which(needed) is None:
        leave_out(f"{needed}: an example of publishing is written for it")
    folder = EXAMPLES / "publish"
    if language == "python":
        return [needed, str(folder / "publish.py")]
    if language == "java":
        libraries = f"{jars() / '*'}"
        return [needed, "-cp", libraries, str(folder / "Publish.java")]
    return [str(folder / "publish.sh")]


@pytest.mark.parametrize("language", ["python", "java", "kcat"])
async def test_example_when_run_publishes_the_document(
    kafka: Kafka, leave_out: LeaveOut, language: str, tmp_path: Path
) -> None:
    document = json.dumps(json.loads(DOCUMENT.read_text("utf-8")))
    file = tmp_path / "event.json"
    file.write_text(document, "utf-8")
    async with one_node(kafka.servers) as bus:
        topic = unique("example")
        await bus.ensure([TopicSpec(topic, 3)])
        program = await asyncio.create_subprocess_exec(
            *command(language, leave_out),
            ",".join(kafka.servers),
            topic,
            KEY,
            str(file),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await program.communicate()
        assert program.returncode == 0, complained.decode()
        partition = partition_for(KEY.encode(), 3)
        (found,) = await bus.read(topic, partition, 0, 10)
        assert (found.key, found.value) == (KEY.encode(), document.encode())
        if language != "kcat":
            assert f"{topic}/{partition}/0" in said.decode()
