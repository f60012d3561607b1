"""Connector type 'border-inspection': import and export inspection and quarantine."""

from tracehub_border_inspection.client import CONNECTOR

__all__ = ["CONNECTOR"]
