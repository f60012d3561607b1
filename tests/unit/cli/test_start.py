"""What a start loads, by the modules that are there afterwards: a start takes as long as these."""

import subprocess
import sys

import pytest
from typer.main import get_command

from tracehub.cli.main import COMMANDS, app

HEAVY = ("aiokafka", "asyncio", "fastavro", "httpx2", "pydantic", "rich", "starlette", "structlog")
"""Libraries that a plain command needs nothing of."""
OTHERS = ("fastapi", "httpx2", "jinja2", "joserfc", "tracehub.connect", "tracehub.testing")
"""What the exchange on Kafka needs nothing of: other systems, web pages, samples."""


def loaded(code: str) -> set[str]:
    """The modules that are there after a program, in a process of its own."""
    code += "\nimport sys; print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_version_when_it_is_asked_for_loads_no_library_of_a_command() -> None:
    found = loaded(
        "import contextlib, sys\n"
        "from tracehub.cli import main\n"
        "sys.argv = ['tracehub', '--version']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()"
    )
    assert found & {*HEAVY, *OTHERS} == set()
    assert {each for each in found if each.startswith("tracehub.")} == {
        "tracehub.cli",
        "tracehub.cli.main",
    }


def test_run_when_it_serves_the_exchange_on_kafka_loads_nothing_of_other_services() -> None:
    found = loaded("import tracehub.cli.running")
    assert "aiokafka" in found
    assert found & set(OTHERS) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_command_when_it_is_listed_can_be_loaded(name: str) -> None:
    command = vars(get_command(app))["commands"][name]
    assert command.name == name
    assert command.help
