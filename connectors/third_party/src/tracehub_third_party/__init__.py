"""Connector type 'third-party': third-party traceability platform."""

from tracehub_third_party.client import CONNECTOR

__all__ = ["CONNECTOR"]
