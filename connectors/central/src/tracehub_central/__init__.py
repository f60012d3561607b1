"""Connector type 'central': the national traceability platform."""

from tracehub_central.client import CONNECTOR

__all__ = ["CONNECTOR"]
