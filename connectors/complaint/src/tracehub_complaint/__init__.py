"""Connector type 'complaint': consumer complaints and reports."""

from tracehub_complaint.client import CONNECTOR

__all__ = ["CONNECTOR"]
