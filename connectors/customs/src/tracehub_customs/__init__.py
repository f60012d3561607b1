"""Connector type 'customs': customs declaration system."""

from tracehub_customs.client import CONNECTOR

__all__ = ["CONNECTOR"]
