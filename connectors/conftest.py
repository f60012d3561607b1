"""Servers that the tests of connectors share with the other tests."""

from __future__ import annotations

from tests.conftest import broker_port, database, kafka, leave_out

__all__ = ["broker_port", "database", "kafka", "leave_out"]
