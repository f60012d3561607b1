"""Fixtures that every suite may ask for, and one line for every server that is not here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
from hypothesis import settings

from tracehub.testing.kafka import Kafka, UnavailableError, find_kafka
from tracehub.testing.servers.mosquitto import mosquitto
from tracehub.testing.servers.postgres import Postgres, postgres

settings.register_profile("hub", deadline=None, max_examples=60)
settings.load_profile("hub")

ROOT = Path(__file__).parents[1]
LEFT_OUT = pytest.StashKey[Counter[str]]()

LeaveOut = Callable[[str], NoReturn]
"""Leave out the tests that need what is absent: `leave_out("Kafka: no java on the PATH")`."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # A skip is told as file, line and reason.
    if report.skipped and isinstance(report.longrepr, tuple) and "absent: " in report.longrepr[2]:
        reason = report.longrepr[2]
        item.config.stash[LEFT_OUT][reason.partition("absent: ")[2]] += 1
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for what, count in sorted(config.stash[LEFT_OUT].items()):
        terminalreporter.write_line(f"{count} tests left out, absent: {what}")


@pytest.fixture(scope="session")
def leave_out() -> LeaveOut:
    """Leave out what needs an absent server; with TRACEHUB_REQUIRE=all that is an error."""

    def leave(what: str) -> NoReturn:
        if os.environ.get("TRACEHUB_REQUIRE") == "all":
            pytest.fail(f"TRACEHUB_REQUIRE=all, but absent: {what}", pytrace=False)
        pytest.skip(f"absent: {what}")

    return leave


@pytest.fixture(scope="session")
def corpus(leave_out: LeaveOut) -> Path:
    """The shared folder of real-world documents, named by TRACEHUB_CORPUS."""
    folder = Path(os.environ.get("TRACEHUB_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "manifest.csv").is_file():
        leave_out(f"corpus: nothing at {folder}; set TRACEHUB_CORPUS to its folder")
    return folder


T = TypeVar("T")


def lent(
    opening: Callable[[], AbstractContextManager[T]], what: str, leave_out: LeaveOut
) -> Iterator[T]:
    """A server while its fixture lasts; the tests are left out when it can't be had."""
    try:
        with opening() as found:
            yield found
    except UnavailableError as error:
        leave_out(f"{what}: {error}")


@pytest.fixture(scope="session")
def kafka(leave_out: LeaveOut) -> Iterator[Kafka]:
    """One real broker for all tests that do not harm it."""
    yield from lent(find_kafka, "Kafka", leave_out)


@pytest.fixture(scope="session")
def database(leave_out: LeaveOut) -> Iterator[Postgres]:
    """A private PostgreSQL."""
    yield from lent(postgres, "PostgreSQL", leave_out)


@pytest.fixture(scope="session")
def broker_port(leave_out: LeaveOut) -> Iterator[int]:
    """A private MQTT broker."""
    yield from lent(mosquitto, "mosquitto", leave_out)
