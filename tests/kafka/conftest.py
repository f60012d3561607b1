"""Brokers that a test may kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from tracehub.testing.kafka import Cluster, UnavailableError, cluster


@pytest.fixture(scope="session")
def own_broker(leave_out: Callable[[str], NoReturn]) -> Iterator[Cluster]:
    """A cluster of one node from Maven's jars; whoever harms it repairs it."""
    try:
        with cluster() as running:
            yield running
    except UnavailableError as error:
        leave_out(f"Kafka's jars: {error}")
