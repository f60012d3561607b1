"""Brokers that a test may kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import LeaveOut
from tracehub.testing.kafka import Cluster, UnavailableError, cluster


@pytest.fixture(scope="session")
def own_broker(leave_out: LeaveOut) -> Iterator[Cluster]:
    """A cluster of one node from Maven's jars; whoever harms it repairs it."""
    try:
        with cluster() as running:
            yield running
    except UnavailableError as error:
        leave_out(f"Kafka's jars: {error}")
