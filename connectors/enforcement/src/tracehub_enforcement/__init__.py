"""Connector type 'enforcement': comprehensive law enforcement system."""

from tracehub_enforcement.client import CONNECTOR

__all__ = ["CONNECTOR"]
