"""Connector type 'inspection': a laboratory's inspection and testing system."""

from tracehub_inspection.client import CONNECTOR

__all__ = ["CONNECTOR"]
