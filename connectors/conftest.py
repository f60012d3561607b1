"""Servers that the tests of connectors share with the other tests."""

from __future__ import annotations

from tests.conftest import database, kafka, leave_out

__all__ = ["database", "kafka", "leave_out"]
